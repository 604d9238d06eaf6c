"""What a search for sensitive data has to find in a sample database, no more and no less."""

from __future__ import annotations

from typing import NamedTuple


class Exposure(NamedTuple):
    """Sensitive data of one kind in one column.

    Attributes:
        schema: the schema, which in MySQL is the database.
        table: the table or view.
        column: the column.
        detector: id of one of Macie's managed identifiers, or ``custom:`` and the name of a custom one.
    """

    schema: str
    table: str
    column: str
    detector: str

    @property
    def place(self) -> str:
        """Table and column."""
        return f"{self.table}.{self.column}"
