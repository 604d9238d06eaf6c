"""What a SQL engine says when a statement cannot be run."""

from __future__ import annotations


class SqlError(Exception):
    """A statement fails with an error that the engine has a name for, such as TABLE_NOT_FOUND.

    Names and texts are Trino's, whose line and column count from 1.
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message


class Unparsable(Exception):
    """The text is no statement of the language; the message says where it stops being one."""


class NotSupported(SqlError):
    """The statement is one that the service refuses, or one that only the sandbox cannot run."""

    def __init__(self, message: str) -> None:
        super().__init__("NOT_SUPPORTED", message)
