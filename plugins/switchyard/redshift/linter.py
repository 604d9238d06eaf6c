"""What Redshift refuses, or does otherwise than it seems to say, found before a statement is sent.

Rules and their sources: Redshift database developer guide, the pages of the commands that the rules name, and
https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html. Findings never hold a statement's text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from switchyard.errors import NotAllowed
from switchyard.redshift import clauses, transactions
from switchyard.redshift.forms import form_problems
from switchyard.redshift.views import unqualified_names
from switchyard.redshift.words import Word, words

MOST_STATEMENTS = 40
"""In a batch (botocore: BatchExecuteStatement.Sqls)."""
LONGEST = 100_000
"""Bytes of a statement."""


def lint(
    statements: Sequence[str],
    *,
    labels: Sequence[str],
    purpose: str,
    in_batch: bool,
    external: Collection[str] = (),
) -> None:
    """Judge the statements of a request.

    Args:
        statements: their texts, each a single statement.
        labels: what errors call each.
        purpose: what errors call the request.
        in_batch: whether they are one transaction.
        external: names of schemas whose tables are not Redshift's own.

    Raises:
        NotAllowed: something about one of them will not do.
    """
    if not 1 <= len(statements) <= MOST_STATEMENTS:
        found = f"it has {len(statements)} statements, settings included"
        raise NotAllowed(f"request {purpose}", found, f"Send 1 to {MOST_STATEMENTS} at once")
    for statement, label in zip(statements, labels, strict=True):
        for found, remedy in problems(statement, in_batch=in_batch, external=external):
            raise NotAllowed(f"{purpose}: {label or 'setting'}", found, remedy)


def stands_alone(statement: str, external: Collection[str] = ()) -> bool:
    """Whether Redshift does not take a statement in a transaction, or would commit the transaction with it."""
    return transactions.refusal(words(statement), external) is not None


def problems(statement: str, *, in_batch: bool, external: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """What is wrong with a statement, and what to do about it."""
    if len(statement.encode()) > LONGEST:
        yield f"it is longer than {LONGEST:,} bytes", "Split it, or stage what it lists"
        return
    found = words(statement)
    yield from _as_one_text(found)
    if in_batch and (refusal := transactions.refusal(found, external)):
        yield f"{refusal} cannot be part of a transaction", "Send it by itself"
    yield from form_problems(found, frozenset(external))
    for inner in _levels(found):
        if order := clauses.disorder(inner):
            yield f"{order[1]} stands behind {order[0]}", "Bring the clauses into SQL's order"
    if count := unqualified_names(statement, found):
        yield (
            f"its view is bound late, and {count} of the relations it reads are named without their schema",
            "Write schema.relation everywhere",
        )


def _as_one_text(found: Sequence[Word]) -> Iterator[tuple[str, str]]:
    if not found:
        yield "it is empty", "Leave it out"
    if any(one.sort == "open" for one in found):
        yield "a quote or comment in it never ends", "Close it"
    if any(one.sort == "dollar" for one in found):
        yield "it quotes with $$, where further statements can hide", "Quote with ' alone"
    if any(one.text == ";" for one in found[:-1]):
        yield "it is several statements", "Send each as an element of its own"


def _levels(found: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """The statement, and the query that UNLOAD has in quotes."""
    yield found
    if found and found[0].text == "UNLOAD":
        quoted = next((one for one in found if one.sort == "text"), None)
        if quoted is not None:
            yield words(quoted.plain())
