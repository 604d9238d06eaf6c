"""The order of a query's clauses."""

from __future__ import annotations

from collections.abc import Sequence

from switchyard.redshift.words import Word

_ORDER = ("SELECT", "INTO", "FROM", "WHERE", "GROUP BY", "HAVING", "QUALIFY", "ORDER BY", "LIMIT")
_RANK = {name: rank for rank, name in enumerate(_ORDER)}
_AGAIN = ("UNION", "INTERSECT", "EXCEPT", "MINUS")


def disorder(statement: Sequence[Word]) -> tuple[str, str] | None:
    """Two clauses of one query of which the second should stand before the first, or is there twice; None if none.

    Every pair of parentheses is looked at by itself, as are the arms of UNION and its like.
    """
    last: list[str | None] = [None]
    for place, word in enumerate(statement):
        if word.text == "(" and word.sort == "mark":
            last.append(None)
        elif word.text == ")" and word.sort == "mark" and len(last) > 1:
            last.pop()
        elif word.sort == "word":
            if word.text in _AGAIN:
                last[-1] = None
            elif (clause := _clause(statement, place)) and (found := _next(last, clause)):
                return found
    return None


def _next(last: list[str | None], clause: str) -> tuple[str, str] | None:
    """Go on to a clause of the innermost query; the disorder that it makes."""
    before = last[-1]
    if clause == "SELECT" and before is None:
        last[-1] = clause
    if before is None:
        return None  # outside a query, such as EXTRACT(YEAR FROM ...) or OVER (ORDER BY ...)
    if _RANK[clause] <= _RANK[before]:
        return before, clause
    last[-1] = clause
    return None


def _clause(statement: Sequence[Word], place: int) -> str | None:
    """The clause that begins at a word."""
    word = statement[place].text
    if word in ("GROUP", "ORDER"):
        following = statement[place + 1].text if place + 1 < len(statement) else ""
        return f"{word} BY" if following == "BY" else None
    if word == "FROM" and place and statement[place - 1].text == "DISTINCT":
        return None if _is_comparison(statement, place - 1) else word
    if word in _RANK and (place == 0 or statement[place - 1].text not in (".", "AS")):
        return word
    return None


def _is_comparison(statement: Sequence[Word], place: int) -> bool:
    """Whether DISTINCT there belongs to IS [NOT] DISTINCT FROM."""
    before = [one.text for one in statement[max(0, place - 2) : place]]
    return before[-1:] == ["IS"] or before == ["IS", "NOT"]
