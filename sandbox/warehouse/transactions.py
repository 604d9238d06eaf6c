"""BEGIN, COMMIT and ROLLBACK, and what a transaction knows of itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.warehouse.answers import DONE, Answer
from sandbox.warehouse.catalogue import Name
from sandbox.warehouse.errors import syntax_error
from sandbox.warehouse.statements import Form
from sandbox.warehouse.text import Statement

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

OPTIONS = re.compile(
    r"(BEGIN|START TRANSACTION)( WORK| TRANSACTION)?( ISOLATION LEVEL (SERIALIZABLE|READ COMMITTED|READ UNCOMMITTED|"
    r"REPEATABLE READ))?( ?,? ?READ (WRITE|ONLY))?"
)
END = re.compile(r"(COMMIT|END|ROLLBACK|ABORT)( WORK| TRANSACTION)?")


@dataclass
class Transaction:
    """A transaction of one session; `explicit` is one that began with BEGIN and so outlives its statements."""

    xid: int
    explicit: bool
    started: datetime | None = None
    open: bool = False
    """DuckDB has begun it: from its first statement on that reads or writes."""
    failed: bool = False
    """A statement of it failed, so that nothing but its end is possible."""
    settings: dict[str, str] = field(default_factory=dict)
    """What the session had chosen before, for ROLLBACK."""
    inserted: Counter[Name] = field(default_factory=Counter)
    deleted: Counter[Name] = field(default_factory=Counter)
    kept: list[Callable[[], None]] = field(default_factory=list)
    """What is to be done once it is committed."""
    undoing: list[Callable[[], None]] = field(default_factory=list)
    """What undoes it where the engine does not, the last one first."""
    held: dict[str, Any] = field(default_factory=dict)
    """What is open for it elsewhere, by name."""
    ending: list[Callable[[], None]] = field(default_factory=list)
    """What else ends with it, such as a transaction in another database."""

    def end(self) -> None:
        """End what else is open for it."""
        while self.ending:
            self.ending.pop()()


def _begin(session: Session, statement: Statement) -> Answer:
    if not OPTIONS.fullmatch(statement.leading):
        raise syntax_error(statement.tokens[-1].text)
    session.begin()
    return DONE


def _commit(session: Session, statement: Statement) -> Answer:
    _check_end(statement)
    session.commit()
    return DONE


def _rollback(session: Session, statement: Statement) -> Answer:
    _check_end(statement)
    session.rollback()
    return DONE


def _check_end(statement: Statement) -> None:
    if not END.fullmatch(statement.leading):
        raise syntax_error(statement.tokens[-1].text)


FORMS = (
    Form(r"(BEGIN|START TRANSACTION)\b", _begin, controls=True),
    Form(r"(COMMIT|END)\b", _commit, controls=True),
    Form(r"(ROLLBACK|ABORT)\b", _rollback, controls=True),
)
