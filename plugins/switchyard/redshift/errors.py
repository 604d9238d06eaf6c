"""What Redshift's words about a failed statement mean, and what a person can do about it."""

from __future__ import annotations

import re
from enum import StrEnum

from switchyard.discretion import without_values
from switchyard.errors import StepFailed

_LONGEST = 500


class Kind(StrEnum):
    """Why a statement failed."""

    CONFLICT = "conflict"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    SECRET = "secret"  # noqa: S105 - a kind of error
    CONNECTION = "connection"
    SPACE = "space"
    STORAGE = "storage"
    PERMISSION = "permission"
    ABSENT = "absent"
    SYNTAX = "syntax"
    OTHER = "other"


_WORDS: tuple[tuple[Kind, str], ...] = (
    (
        Kind.CONFLICT,
        r"(?:error|code)\s*:?\s*(?:1023|1018)\b|serializable isolation violation|could not serialize access",
    ),
    (
        Kind.TIMEOUT,
        r"statement timeout|query timeout|timeout reached|exceeded the maximum (?:query )?(?:run|execution)",
    ),
    (Kind.CANCELLED, r"cancel(?:l)?ed (?:on|by) user|cancell?ed|aborted by user"),
    (
        Kind.SECRET,
        r"secret ?(?:s ?manager|_?arn)|GetSecretValue|password authentication failed|access denied for user",
    ),
    (
        Kind.CONNECTION,
        r"could not connect|connection (?:refused|reset|timed out|to .* (?:failed|lost))|can't connect"
        r"|could not translate host name|unknown mysql server host|communications? link|server has gone away"
        r"|server closed the connection|unable to connect|lost connection|ssl syscall error"
        r"|timeout expired|no route to host",
    ),
    (
        Kind.SPACE,
        r"disk full|no space left on device|free some space|table '.*' is full|could not extend file"
        r"|(?:error|code)\s*:?\s*1016\b",
    ),
    (Kind.STORAGE, r"S3ServiceException.*(?:SlowDown|ServiceUnavailable|InternalError|Status 50[03])"),
    (
        Kind.PERMISSION,
        r"permission denied|not authorized|must be (?:owner|superuser)|access ?denied|command denied"
        r"|insufficient privilege",
    ),
    (Kind.ABSENT, r"does ?n[o']t exist|does not exist|not found|unknown (?:table|column|database|schema)"),
    (Kind.SYNTAX, r"syntax error"),
)
_PATTERNS = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in _WORDS)

_REMEDIES = {
    Kind.CONFLICT: "Let fewer transactions write the table at once, or lock it first; then clear the task",
    Kind.CANCELLED: "Find out who stopped it and why, then clear the task",
    Kind.TIMEOUT: "Give it more time, or the queue fewer statements at once, then clear the task",
    Kind.SECRET: "Correct the secret of the external schema or the login it holds, then clear the task",
    Kind.CONNECTION: "See that the source is up and that the warehouse's network leads to it, then clear the task",
    Kind.SPACE: "Make room on the full disk, the warehouse's or the source's, or give it more; then clear the task",
    Kind.STORAGE: "Clear the task when S3 answers again; what was half written is written anew",
    Kind.PERMISSION: "Grant it to the warehouse's user, or to the schema's role or login, then clear the task",
    Kind.ABSENT: "Create it, or correct its name in the configuration; then clear the task",
    Kind.SYNTAX: "Correct the statement's file under include/sql/redshift, then clear the task",
    Kind.OTHER: "Mend the cause, then clear this task; the statement's file is under include/sql/redshift",
}


def classify(message: str) -> Kind:
    """The kind of the error that a message tells of; the first that fits, OTHER where none does."""
    return next((kind for kind, pattern in _PATTERNS if pattern.search(message)), Kind.OTHER)


def shown(message: str) -> str:
    """A message in one line of bounded length, without values of rows."""
    line = without_values(" ".join(message.split()))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."


class StatementFailed(StepFailed):
    """A statement ended badly, for the reason ``kind``."""

    def __init__(self, what: str, found: str, remedy: str, kind: Kind) -> None:
        super().__init__(what, found, remedy)
        self.kind = kind

    @classmethod
    def of(cls, what: str, found: str, kind: Kind) -> StatementFailed:
        """The error with the remedy of its kind."""
        return cls(what, found, _REMEDIES[kind], kind)

    def __reduce__(self) -> tuple[type[StatementFailed], tuple[str, str, str, Kind]]:  # type: ignore[override]
        return type(self), (self.what, self.found, self.remedy, self.kind)
