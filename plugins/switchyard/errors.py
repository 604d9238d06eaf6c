"""The errors of the project, each naming what is wrong, what was found and what to do about it.

This module imports nothing, so that the pure logic, the configuration and the operators can all raise
the same errors.
"""

from __future__ import annotations


class SwitchyardError(Exception):
    """Something went wrong that the project knows how to explain."""


class BadInput(SwitchyardError, ValueError):
    """A configured or given value cannot be used.

    The message reads "FIELD is VALUE: PROBLEM. REMEDY".
    """

    def __init__(self, field: str, value: object, problem: str, remedy: str) -> None:
        super().__init__(f"{field} is {value!r}: {_sentences(problem, remedy)}")
        self.field = field
        self.value = value
        self.problem = problem
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[BadInput], tuple[str, object, str, str]]:
        return type(self), (self.field, self.value, self.problem, self.remedy)


class _Refusal(SwitchyardError):
    """An error whose message reads "WHAT: FOUND. REMEDY"."""

    def __init__(self, what: str, found: str, remedy: str) -> None:
        super().__init__(f"{what}: {_sentences(found, remedy)}")
        self.what = what
        self.found = found
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[_Refusal], tuple[str, str, str]]:
        return type(self), (self.what, self.found, self.remedy)


class MayPass(SwitchyardError):
    """Something is away or busy that may come back by itself: worth another try, which goes on where this one is."""


class Away(_Refusal, MayPass):
    """AWS or a database did not answer, or not now."""


class StepFailed(_Refusal):
    """A step ended in a state that waiting or repeating cannot mend."""


class CheckFailed(_Refusal):
    """A check compared what is with what should be, and they differ."""


class NotAllowed(_Refusal):
    """An action was refused before it was tried, because it would touch what it must not."""


def _sentences(*parts: str) -> str:
    return " ".join(
        part if part.endswith((".", "!", "?")) else f"{part}." for part in map(str.strip, parts) if part
    )
