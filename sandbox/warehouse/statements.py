"""The table of statements: which leading words mean which handler."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.warehouse.answers import Answer
from sandbox.warehouse.errors import syntax_error
from sandbox.warehouse.text import Statement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlglot import exp

    from sandbox.warehouse.session import Session

Handler = Callable[["Session", Statement], Answer]


def _always(_session: Session, _statement: Statement) -> bool:
    return True


@dataclass(frozen=True)
class Form:
    """A form of statement.

    `words` is a regular expression over the first words in capitals with one space between tokens, as in
    "CREATE ( OR REPLACE )?VIEW" for CREATE VIEW and CREATE OR REPLACE VIEW. `applies` looks closer where the words
    do not tell, e.g. at whether a table is an external one. `alone` is what the statement is called where it is
    refused in a transaction block; None lets it in. A form that `controls` transactions gets none of its own.
    """

    words: str
    run: Handler
    alone: str | None = None
    applies: Callable[[Session, Statement], bool] = _always
    controls: bool = False

    def fits(self, session: Session, statement: Statement) -> bool:
        """Tell whether a statement is of this form."""
        return re.match(self.words, statement.leading) is not None and self.applies(session, statement)


@dataclass(frozen=True)
class SystemTable:
    """A system table or view: its columns with DuckDB's types, and its rows as a session sees them now."""

    columns: dict[str, str]
    rows: Callable[[Session], Iterable[Sequence[Any]]]


Rewriter = Callable[["Session", "exp.Expr"], None]
"""Takes a session and the tree of a statement whose views are expanded, and puts what DuckDB can run in the place
of what only others know; it sees the whole statement, since its conditions tell how much of a table is read."""


@dataclass(frozen=True)
class Parts:
    """What a warehouse understands: forms by preference, rewriters of trees in their order, and system tables."""

    forms: Sequence[Form]
    rewriters: Sequence[Rewriter] = ()
    system_tables: dict[str, SystemTable] = field(default_factory=dict)

    def form(self, session: Session, statement: Statement) -> Form:
        """Return the first form that a statement has; RedshiftError where there is none."""
        for form in self.forms:
            if form.fits(session, statement):
                return form
        raise syntax_error(statement.tokens[0].text)
