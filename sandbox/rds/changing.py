"""What all resources that change over time have in common."""

from __future__ import annotations

import copy
from typing import Any, ClassVar, Self

from sandbox.transitions import Process


class Changing:
    """A resource with a status, and with the process that changes it where one is under way."""

    process: Process | None = None
    status: str

    @property
    def busy(self) -> bool:
        """Whether a transition is under way, even where the status does not show it yet."""
        return self.process is not None and not self.process.done

    @property
    def shown_status(self) -> str:
        """The status to name in an error: a change under way counts before it shows."""
        return "modifying" if self.busy and self.status == "available" else self.status

    def as_it_was(self, status: str = "available") -> Self:
        """Return the resource as an answer shows it whose call has only begun to change it."""
        seen = copy.copy(self)
        seen.status = status
        return seen


class Renamable(Changing):
    """A resource whose name may change, and whose changes may wait for the maintenance window."""

    PENDING: ClassVar[dict[str, str]] = {}
    """The attributes that can wait, and their names in the API."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        self.named = True
        self.pending: dict[str, Any] = {}
        super().__init__(*arguments, **settings)

    @property
    def pending_modified_values(self) -> dict[str, Any] | None:
        """What waits for the maintenance window, in the words of the API."""
        return {name: self.pending[key] for key, name in self.PENDING.items() if key in self.pending}
