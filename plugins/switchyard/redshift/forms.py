"""Forms of single commands that Redshift does not take, though other databases do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from switchyard.redshift.transactions import relation_at
from switchyard.redshift.words import Word

_ENDS_TRANSACTIONS = ("BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT")
_KEYS = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "CREDENTIALS")


def form_problems(statement: Sequence[Word], external: Collection[str]) -> Iterator[tuple[str, str]]:
    """What is wrong with the form of a command, and what to do about it."""
    command = statement[0].text if statement else ""
    if command in _ENDS_TRANSACTIONS:
        yield (
            f"{command} would end or nest the transaction of the request",
            "Send a list: it is one transaction",
        )
    if command in ("COPY", "UNLOAD") and any(one.sort == "word" and one.text in _KEYS for one in statement):
        yield "it carries credentials, which everybody sees in Redshift's history", "Name a role by IAM_ROLE"
    if command == "DROP" and _has(statement, "EXTERNAL", "DATABASE"):
        yield (
            "it drops the database of the catalogue for every other schema that uses it",
            "Drop the schema alone",
        )
    if command == "DELETE":
        yield from _delete(statement)
    if command == "MERGE":
        yield from _merge(statement, external)


def _delete(statement: Sequence[Word]) -> Iterator[tuple[str, str]]:
    _, place = relation_at(statement, 2 if _has(statement[:2], "FROM") else 1)
    if place < len(statement) and statement[place].text not in ("USING", "WHERE", ";"):
        yield "DELETE gives its target another name", "Write the target's own name, also in USING and WHERE"


def _merge(statement: Sequence[Word], external: Collection[str]) -> Iterator[tuple[str, str]]:
    _, place = relation_at(statement, 2 if _has(statement[:2], "INTO") else 1)
    if place >= len(statement) or statement[place].text != "USING":
        yield "MERGE gives its target another name, or has no USING", "Write the target's own name"
        return
    source, _ = relation_at(statement, place + 1)
    if not source:
        yield "MERGE reads from a query", "Stage its rows in a table"
    if len(source) > 1 and source[-2] in external:
        yield "MERGE reads from an external schema", "Stage the rows first"
    simple = _has(statement, "REMOVE", "DUPLICATES")
    both = _has(statement, "WHEN", "MATCHED") and _has(statement, "WHEN", "NOT", "MATCHED")
    if not simple and not both:
        yield "MERGE lacks WHEN MATCHED or WHEN NOT MATCHED, both of which Redshift wants", "Write both arms"


def _has(statement: Sequence[Word], *wanted: str) -> bool:
    """Whether these words stand there one after the other."""
    texts = [one.text for one in statement if one.sort == "word"]
    return any(tuple(texts[start : start + len(wanted)]) == wanted for start in range(len(texts)))
