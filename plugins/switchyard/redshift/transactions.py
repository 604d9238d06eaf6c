"""Statements that Redshift does not take in a transaction, or that would end it.

Sources, of https://docs.aws.amazon.com/redshift/latest/dg/: r_VACUUM_command, r_TRUNCATE, r_ALTER_TABLE_APPEND,
r_ALTER_TABLE, r_CREATE_EXTERNAL_TABLE, r_DROP_TABLE, r_CREATE_DATABASE, r_CREATE_LIBRARY, r_GRANT.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from switchyard.redshift.words import Word

_BEGINNINGS = (
    ("VACUUM",),
    ("TRUNCATE",),
    ("CREATE", "EXTERNAL", "TABLE"),
    ("CREATE", "EXTERNAL", "SCHEMA"),
    ("CREATE", "DATABASE"),
    ("ALTER", "DATABASE"),
    ("DROP", "DATABASE"),
    ("CREATE", "LIBRARY"),
    ("CREATE", "OR", "REPLACE", "LIBRARY"),
    ("DROP", "LIBRARY"),
)
_ALTERATIONS = (
    ("APPEND",),
    ("ADD", "PARTITION"),
    ("ADD", "IF", "NOT", "EXISTS", "PARTITION"),
    ("DROP", "PARTITION"),
    ("PARTITION",),
    ("SET", "LOCATION"),
    ("SET", "FILE"),
    ("SET", "TABLE", "PROPERTIES"),
    ("ALTER", "COLUMN"),
    ("ALTER", "DISTKEY"),
    ("ALTER", "DISTSTYLE"),
    ("ALTER", "SORTKEY"),
    ("ALTER", "COMPOUND", "SORTKEY"),
    ("ALTER", "ENCODE"),
)
"""What may follow the name of an ALTER TABLE."""


def refusal(statement: Sequence[Word], external: Collection[str]) -> str | None:
    """The command that cannot be part of a transaction; None for those that can.

    Args:
        statement: its words.
        external: names of schemas whose tables are not Redshift's own.
    """
    texts = [one.text for one in statement[:12]]
    for beginning in _BEGINNINGS:
        if tuple(texts[: len(beginning)]) == beginning:
            return " ".join(beginning)
    if texts[:2] == ["ALTER", "TABLE"]:
        return _alteration(statement, external)
    if texts[:1] == ["DROP"] and texts[1:2] in (["TABLE"], ["SCHEMA"]):
        return f"DROP {texts[1]} of an external schema" if _touches(statement, external) else None
    if texts[:1] in (["GRANT"], ["REVOKE"]) and ("EXTERNAL" in texts or _touches(statement, external)):
        return f"{texts[0]} on an external schema"
    return None


def relation_at(statement: Sequence[Word], start: int) -> tuple[list[str], int]:
    """The parts of the name that begins at a place, and the place behind it."""
    parts: list[str] = []
    place = start
    while place < len(statement) and statement[place].is_name():
        parts.append(statement[place].plain())
        place += 1
        if place >= len(statement) or statement[place].text != ".":
            break
        place += 1
    return parts, place


def _alteration(statement: Sequence[Word], external: Collection[str]) -> str | None:
    parts, place = relation_at(statement, 2)
    if len(parts) > 1 and parts[-2] in external:
        return "ALTER TABLE of an external schema"
    rest = [one.text for one in statement[place : place + 6]]
    return next(
        (f"ALTER TABLE {' '.join(one)}" for one in _ALTERATIONS if tuple(rest[: len(one)]) == one),
        None,
    )


def _touches(statement: Sequence[Word], external: Collection[str]) -> bool:
    return any(one.is_name() and one.plain() in external for one in statement)
