"""Time as the sandbox sees it: one clock, and how long each state transition takes on it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping

INTERACTIVE: Mapping[str, float] = {
    "cluster-snapshot.create": 2.0,
    "cluster-snapshot.copy": 3.0,
    "cluster-snapshot.delete": 0.2,
    "cluster.create": 2.0,
    "cluster.restore": 4.0,
    "cluster.rename": 0.4,
    "cluster.rename.invisible": 0.2,
    "cluster.modify": 0.4,
    "cluster.delete": 0.5,
    "cluster.stop": 1.0,
    "cluster.start": 2.0,
    "instance.create": 2.0,
    "instance.rename": 0.8,
    "instance.reboot": 0.8,
    "instance.modify": 0.4,
    "instance.delete": 0.5,
}
"""Seconds per transition for a person watching: long enough to see, short enough to wait for."""

PROFILES = ("interactive", "instant")


class Clock:
    """The time in seconds since the epoch, which runs backwards only when it is reset.

    A real clock follows the machine's monotonic clock times `scale`; a manual one stands still until it is
    advanced. Both may be advanced, so that a test can skip a wait. Safe to use from several threads.
    """

    def __init__(self, *, manual: bool = False, scale: float = 1.0) -> None:
        self._lock = threading.Lock()
        self._manual = manual
        self._scale = _positive(scale)
        self._base = time.time()
        self._since = time.monotonic()

    @property
    def manual(self) -> bool:
        """Whether time stands still between calls of `advance`."""
        return self._manual

    @property
    def scale(self) -> float:
        """Sandbox seconds per real second; has no effect on a manual clock."""
        return self._scale

    @scale.setter
    def scale(self, scale: float) -> None:
        with self._lock:
            self._settle()
            self._scale = _positive(scale)

    def now(self) -> float:
        """Return the present time in seconds since the epoch."""
        with self._lock:
            self._settle()
            return self._base

    def advance(self, seconds: float) -> float:
        """Move the time forward by `seconds` and return the new time; ValueError for a step back."""
        if seconds < 0:
            raise ValueError(f"cannot advance the clock by {seconds} s: time does not run backwards")
        with self._lock:
            self._settle()
            self._base += seconds
            return self._base

    def set_manual(self, manual: bool) -> None:
        """Stop the clock, or let it follow the machine's from the time it shows."""
        with self._lock:
            self._settle()
            self._manual = manual

    def reset(self) -> None:
        """Follow the machine's clock at its pace again; the only way in which the time may go back."""
        with self._lock:
            self._manual, self._scale = False, 1.0
            self._base, self._since = time.time(), time.monotonic()

    def _settle(self) -> None:
        """Add the time that passed since the last look, at the scale that was valid then."""
        present = time.monotonic()
        if not self._manual:
            self._base += (present - self._since) * self._scale
        self._since = present


class Durations(Mapping[str, float]):
    """Seconds that each named transition takes, e.g. `durations["cluster.restore"]`.

    A transition not listed in `INTERACTIVE` is declared by the service that owns it.
    """

    def __init__(self, profile: str = "interactive") -> None:
        self._declared = dict(INTERACTIVE)
        self._seconds: dict[str, float] = {}
        self.use(profile)

    def use(self, profile: str) -> None:
        """Take all durations from a profile ("interactive" or "instant") and forget overrides."""
        if profile not in PROFILES:
            raise ValueError(f"unknown durations profile {profile!r}: choose one of {', '.join(PROFILES)}")
        self.profile = profile
        self._seconds = {name: self._default(name) for name in self._declared}

    def override(self, seconds: Mapping[str, float]) -> None:
        """Set some durations; ValueError for an unknown name or a negative number, and then none is set."""
        unknown = sorted(set(seconds) - set(self._declared))
        if unknown:
            raise ValueError(f"unknown transitions {', '.join(unknown)}: known are {', '.join(self)}")
        negative = sorted(name for name, value in seconds.items() if value < 0)
        if negative:
            raise ValueError(f"negative durations for {', '.join(negative)}: give seconds of 0 or more")
        self._seconds |= {name: float(value) for name, value in seconds.items()}

    def declare(self, name: str, seconds: float) -> None:
        """Add a transition with its interactive duration; declaring it again keeps an override."""
        self._declared[name] = seconds
        self._seconds.setdefault(name, self._default(name))

    def _default(self, name: str) -> float:
        return 0.0 if self.profile == "instant" else self._declared[name]

    def __getitem__(self, name: str) -> float:
        return self._seconds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._seconds)

    def __len__(self) -> int:
        return len(self._seconds)


def _positive(scale: float) -> float:
    if scale <= 0:
        raise ValueError(f"clock scale is {scale}: it must be above 0; use a manual clock to stop time")
    return scale
