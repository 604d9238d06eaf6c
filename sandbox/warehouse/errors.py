"""What Redshift says when a statement cannot be run."""

from __future__ import annotations

SYNTAX_ERROR = "42601"
UNDEFINED_TABLE = "42P01"
UNDEFINED_COLUMN = "42703"
UNDEFINED_FUNCTION = "42883"
UNDEFINED_SCHEMA = "3F000"
DUPLICATE_TABLE = "42P07"
DUPLICATE_SCHEMA = "42P06"
DUPLICATE_COLUMN = "42701"
NOT_SUPPORTED = "0A000"
NOT_ALLOWED = "42501"
NULL_VALUE = "23502"
BAD_VALUE = "22P02"
OUT_OF_RANGE = "22003"
DIVISION_BY_ZERO = "22012"
IN_TRANSACTION = "25001"
TRANSACTION_ABORTED = "25P02"
READ_ONLY = "25006"
SERIALIZATION = "40001"
DEADLOCK = "40P01"
CANCELLED = "57014"
CONNECTION = "08001"
INTERNAL = "XX000"


class RedshiftError(Exception):
    """A statement fails; `message` begins with "ERROR:", `sqlstate` has five characters."""

    def __init__(self, message: str, sqlstate: str = INTERNAL) -> None:
        text = message if message.startswith("ERROR:") else f"ERROR: {message}"
        super().__init__(text)
        self.message = text
        self.sqlstate = sqlstate


class Cancelled(RedshiftError):
    """The statement was stopped while it ran or waited."""


def syntax_error(near: str) -> RedshiftError:
    """Return what a text is answered with that is no statement from the word `near` on."""
    return RedshiftError(
        f'syntax error at or near "{near}"' if near else "syntax error at end of input", SYNTAX_ERROR
    )
