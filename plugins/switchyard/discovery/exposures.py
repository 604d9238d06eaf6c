"""Which columns hold what, what of it is new, and what a reviewed exception keeps from alerting."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, NamedTuple

ANY = "*"


class Exposure(NamedTuple):
    """Sensitive data of one kind in one column; the column is "" where Macie told no place."""

    schema: str
    table: str
    column: str
    detector: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}.{self.column or '(column unknown)'}: {self.detector}"


@dataclass(frozen=True)
class RegisterRow:
    """What a run's register says of one exposure, over all objects of the table.

    Attributes:
        occurrences: how often it was found in the table; where several columns hold it, by all of them together.
        severity: 1 low, 2 medium, 3 high; as Macie gave it to the object.
        truncated: whether further columns of the table may hold it.
    """

    schema: str
    table: str
    column: str
    category: str
    detector: str
    occurrences: int
    objects: int
    severity: int
    truncated: bool

    @property
    def exposure(self) -> Exposure:
        """What identifies it from run to run."""
        return Exposure(self.schema, self.table, self.column, self.detector)

    def as_dict(self) -> dict[str, Any]:
        """The row as JSON holds it."""
        return asdict(self)


@dataclass(frozen=True)
class ReviewedException:
    """Somebody looked at an exposure and accepts it until a day; ``*`` as column or detector means any."""

    schema: str
    table: str
    column: str
    detector: str
    owner: str
    reason: str
    expires: date

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> ReviewedException:
        """The exception as the configuration holds it."""
        return cls(**{**stored, "expires": date.fromisoformat(stored["expires"])})

    def covers(self, exposure: Exposure) -> bool:
        """Whether it was made for this exposure, expired or not."""
        return (
            (self.schema, self.table) == (exposure.schema, exposure.table)
            and self.column in (ANY, exposure.column)
            and self.detector in (ANY, exposure.detector)
        )


@dataclass(frozen=True)
class Judged:
    """The exposures of a run: new ones to alert on, known ones, and those an exception silences, with it.

    An exception never removes an exposure from the register.
    """

    alerting: tuple[Exposure, ...]
    known: tuple[Exposure, ...]
    silenced: tuple[tuple[Exposure, ReviewedException], ...]
    gone: tuple[Exposure, ...]


def judge(
    now: Iterable[Exposure],
    *,
    known: Collection[Exposure],
    alerted: Collection[Exposure],
    exceptions: Sequence[ReviewedException],
    today: date,
    is_whole: bool = True,
    hidden: Collection[tuple[str, str, str]] = (),
) -> Judged:
    """Say what is new, and what is gone.

    Args:
        now: the exposures of this run.
        known: those of the register before it.
        alerted: those of them about which an alert went out, or that an exception in force silenced.
        exceptions: all that are configured.
        today: exceptions that expire before it no longer hold: what they silenced alerts again.
        is_whole: whether this run saw all of every object; otherwise nothing that it did not see is gone.
        hidden: schema, table and detector of what was found more often than places were told: further columns may
            hold it, so that none of them is gone.
    """
    current = sorted(set(now))
    in_force = [one for one in exceptions if one.expires >= today]
    silenced, alerting, old = [], [], []
    for exposure in current:
        reviewed = next((one for one in in_force if one.covers(exposure)), None)
        if reviewed is not None:
            silenced.append((exposure, reviewed))
        elif exposure in known and exposure in alerted:
            old.append(exposure)
        else:
            alerting.append(exposure)
    lost = set(known) - set(current) if is_whole else set()
    gone = sorted(one for one in lost if (one.schema, one.table, one.detector) not in hidden)
    return Judged(tuple(alerting), tuple(old), tuple(silenced), tuple(gone))


def expired(exceptions: Iterable[ReviewedException], today: date) -> list[ReviewedException]:
    """The exceptions that no longer hold, for a reminder to their owners."""
    return [one for one in exceptions if one.expires < today]
