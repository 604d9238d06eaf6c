"""Whom Airflow tells of the end of runs, through its own notifiers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, model_validator

from switchyard.configuration import types as t
from switchyard.configuration.faults import Faults
from switchyard.errors import BadInput

_SECRET = re.compile(r"passw|secret|token|credential|api_?key|webhook|private", re.IGNORECASE)

Notifier = Annotated[
    str,
    t.pattern(
        r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+",
        "it is no import path of a class",
        "Write the path with its modules, such as airflow.providers.smtp.notifications.smtp.SmtpNotifier.",
    ),
]


class Notice(t.Section):
    """One notifier, and when it is called."""

    events: Annotated[tuple[Literal["failure", "success", "deadline"], ...], t.SOME] = Field(
        description="Ends of a run that are told; deadline: it is not over in time."
    )
    notifier: Notifier = Field(
        description="Import path of a class of Airflow's notifiers, from any installed provider."
    )
    arguments: dict[str, JsonValue] = Field(
        {}, description="Its arguments, which may hold templates; credentials belong in a connection."
    )
    minutes: int | None = Field(
        None,
        ge=1,
        le=525_600,
        description="Minutes after a run was queued until it is late; where events has deadline.",
    )

    @model_validator(mode="after")
    def _agree(self) -> Notice:
        if faults := tuple(self._disagreements()):
            raise Faults(faults)
        return self

    def _disagreements(self) -> Iterator[BadInput]:
        for name in _keys(self.arguments):
            if _SECRET.search(name) and not name.endswith("_conn_id"):
                yield BadInput(
                    f"arguments.{name}",
                    "***",
                    "it looks like a credential, and this file is kept in the open",
                    "Name an Airflow connection that holds it, by the notifier's argument for one",
                )
        if ("deadline" in self.events) != (self.minutes is not None):
            yield BadInput(
                "minutes",
                self.minutes,
                "it belongs to the event deadline, and that to it",
                "Give both or neither",
            )


def _keys(value: Any) -> Iterator[str]:
    """Every key at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)
