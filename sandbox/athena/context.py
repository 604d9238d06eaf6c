"""What a statement runs with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sandbox.athena.failures import semantic
from sandbox.athena.statements import TableName
from sandbox.glue.catalogue import GlueCatalogue
from sandbox.objects import Objects
from sandbox.sql.catalogue import Table


@dataclass(frozen=True)
class ResultColumn:
    """A column of a result as its metadata tell of it."""

    name: str
    type: str
    precision: int = 0
    scale: int = 0


@dataclass
class Outcome:
    """What a statement leaves: its result as a file, what it says of itself, and the objects it wrote.

    `heading` comes before the file's content.
    """

    path: Path | None = None
    columns: tuple[ResultColumn, ...] = ()
    rows: int = 0
    written: list[str] = field(default_factory=list)
    heading: bytes = b""


@dataclass
class Context:
    """The catalogue and objects that a statement may reach, and where its results go.

    `results` is the location below which they are, `enforced` whether its workgroup insists on it. `sse` and
    `kms_key` say how what is written is encrypted. `check` is called between steps, and raises where the
    statement is to end.
    """

    query_id: str
    catalogue: GlueCatalogue
    objects: Objects
    database: str
    results: str
    sse: str | None
    kms_key: str | None
    now: datetime
    scratch: Path
    enforced: bool = False
    check: Callable[[], None] = lambda: None

    def place(self, name: TableName) -> tuple[str, str]:
        """Return the database and the name of a table."""
        return name[0] or self.database, name[1]

    def table(self, name: TableName) -> Table:
        """Look a table up, as statements about tables do."""
        database, own = self.place(name)
        found = self.catalogue.table(database, own)
        if found is None:
            raise semantic(10001, f"Table not found {database}.{own}")
        return found
