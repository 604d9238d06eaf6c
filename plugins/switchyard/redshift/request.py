"""One request to the Data API: a statement that stands alone, or a batch that is one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from switchyard.errors import NotAllowed
from switchyard.redshift.linter import lint, stands_alone
from switchyard.redshift.parameters import Bindable, bound
from switchyard.redshift.settings import Settings


@dataclass(frozen=True)
class Request:
    """What is sent.

    Attributes:
        statements: their texts, settings first.
        settings: how many of them are settings; None where a single statement is sent by itself.
        labels: what errors call each part of the work.
        parameters: as the Data API takes them.
    """

    statements: tuple[str, ...]
    settings: int | None
    labels: tuple[str, ...]
    parameters: tuple[Mapping[str, str], ...]

    @property
    def operation(self) -> str:
        """The client's method that sends it."""
        return "execute_statement" if self.settings is None else "batch_execute_statement"

    def arguments(self) -> dict[str, Any]:
        """The statements and parameters as that method takes them."""
        text: dict[str, Any] = {"Sqls": list(self.statements)}
        if self.settings is None:
            text = {"Sql": self.statements[0]}
        return text | ({"Parameters": [dict(one) for one in self.parameters]} if self.parameters else {})


def make_request(
    sql: str | Sequence[str],
    parameters: Mapping[str, Bindable],
    session: Settings,
    *,
    purpose: str,
    external_schemas: Collection[str] = (),
) -> Request:
    """Check the statements and make them one request.

    A sequence is one transaction. A text goes alone, or with its settings in one transaction; one that Redshift does
    not take in a transaction goes without them.

    Args:
        sql: a statement, or several.
        parameters: what ``:name`` becomes in them.
        session: settings of the session.
        purpose: what errors call the work.
        external_schemas: names of schemas whose tables are not Redshift's own.

    Raises:
        NotAllowed: Redshift would refuse it, or do something else than it seems to say.
        BadInput: a parameter cannot be bound.
    """
    work = [sql] if isinstance(sql, str) else list(sql)
    sets = session.statements()
    if isinstance(sql, str) and stands_alone(sql, external_schemas):
        if session.case_sensitive:
            raise NotAllowed(
                f"statement {purpose}",
                "it needs a setting of its session and cannot run in the transaction that would give it one",
                "Name relations in small letters here",
            )
        sets = []
    batch = bool(sets) or not isinstance(sql, str)
    labels = tuple(_label(one, number, len(work)) for number, one in enumerate(work, 1))
    statements = (*sets, *map(str, work))
    lint(
        statements,
        labels=("",) * len(sets) + labels,
        purpose=purpose,
        in_batch=batch,
        external=external_schemas,
    )
    return Request(statements, len(sets) if batch else None, labels, tuple(bound(parameters, statements)))


def _label(statement: str, number: int, count: int) -> str:
    place = f"statement {number} of {count}" if count > 1 else "statement"
    file = getattr(statement, "file", None)
    return f"{place} ({file})" if file else place
