"""Stands around every statement that this process sends to a database, whatever code sends it, by both drivers."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Any

import psycopg2
import psycopg2.extensions
import pymysql.cursors

COMMIT = "COMMIT"
_WRITES = ("DELETE", "INSERT", "UPDATE")
_TABLE = re.compile(r'\b(?:FROM|INTO|UPDATE)\s+"?switchyard"?\."?(\w+)', re.IGNORECASE)
"""A table of the ledger."""


@dataclass(frozen=True)
class Statement:
    """One statement, or the commit of a transaction that wrote.

    `connection` is the driver's. `written` is what a commit makes last: operations and values of the statements
    before it.
    """

    connection: Any
    text: str
    values: Any = None
    written: tuple[Any, ...] = ()

    @property
    def verb(self) -> str:
        """The first word that is no comment, such as "SELECT"."""
        lines = (line for line in self.text.splitlines() if not line.lstrip().startswith("--"))
        return " ".join(lines).split(maxsplit=1)[0].upper()

    @property
    def operation(self) -> str:
        """Its verb, with the ledger's table where it is about one, as in "INSERT-load_window"."""
        table = _TABLE.search(self.text)
        return f"{self.verb}-{table[1]}" if table else self.verb

    @property
    def is_of_ledger(self) -> bool:
        """Whether it reads or writes the ledger; nothing else is committed by the pipelines."""
        return self.verb == COMMIT or _TABLE.search(self.text) is not None


FULL_DISK = {
    "mysql": "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1021, MESSAGE_TEXT = 'Disk full (/tmp/#sql); waiting'",
    "postgres": "DO $$ BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$",
}
"""Has a server answer as it does when its disk is full."""

Around = Callable[[Statement], AbstractContextManager[None]]
"""Gives what is to stand around a statement."""


def stand_around_statements(around: Around) -> None:
    """Let every later statement of this process be sent within `around`; for a process that ends soon after."""
    _stand_around_mysql(around)
    _stand_around_postgres(around)


def _stand_around_mysql(around: Around) -> None:
    execute = pymysql.cursors.Cursor.execute

    def executing(cursor: Any, query: str, args: Any = None) -> Any:
        with around(Statement(cursor.connection, query, args)):
            return execute(cursor, query, args)

    pymysql.cursors.Cursor.execute = executing


def _stand_around_postgres(around: Around) -> None:
    connect = psycopg2.connect

    class Connection(psycopg2.extensions.connection):
        written: tuple[Any, ...] = ()

        def cursor(self, *arguments: Any, cursor_factory: Any = None, **options: Any) -> Any:
            kind = cursor_factory or self.cursor_factory or psycopg2.extensions.cursor
            return super().cursor(*arguments, cursor_factory=_around_each(kind, around), **options)

        def commit(self) -> None:
            if not self.written:
                return super().commit()
            with around(Statement(self, COMMIT, written=self.written)):
                super().commit()
            self.written = ()
            return None

    def connecting(dsn: str | None = None, **options: Any) -> Any:
        return connect(dsn, **{"connection_factory": Connection} | options)

    psycopg2.connect = connecting


def _around_each(kind: type, around: Around) -> type:
    """A kind of cursor each of whose statements is sent within `around`."""

    class Cursor(kind):
        def execute(self, query: Any, values: Any = None) -> Any:
            text = query if isinstance(query, str) else query.as_string(self)
            statement = Statement(self.connection, text, values)
            if statement.verb in _WRITES:
                self.connection.written += ((statement.operation, values),)
            with around(statement):
                return super().execute(query, values)

    return Cursor


def fill_disk(connection: Any) -> None:
    """Have the server answer as it does when its disk is full, in place of what it is asked."""
    if isinstance(connection, psycopg2.extensions.connection):
        plain = psycopg2.extensions.cursor
        psycopg2.extensions.connection.cursor(connection, cursor_factory=plain).execute(FULL_DISK["postgres"])
    else:
        connection.query(FULL_DISK["mysql"])


def cut(connection: Any) -> None:
    """Break a driver's connection, as a network does: its next use fails with the driver's own error."""
    if isinstance(connection, psycopg2.extensions.connection):
        line = socket.socket(fileno=os.dup(connection.fileno()))
    else:
        line = connection._sock
    with suppress(OSError):  # where it is broken already
        line.shutdown(socket.SHUT_RDWR)
