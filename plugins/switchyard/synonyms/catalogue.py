"""Every kind of fault a check can find: how grave it is, what it is called, and what to do about it."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Fault(NamedTuple):
    """A kind of fault.

    Attributes:
        severity: An error stops a release, a warning does not.
        title: What it is, as a heading.
        remedy: What the editor of the rows can do.
    """

    severity: Literal["error", "warning"]
    title: str
    remedy: str


def _error(title: str, remedy: str) -> Fault:
    return Fault("error", title, remedy)


def _warning(title: str, remedy: str) -> Fault:
    return Fault("warning", title, remedy)


CATALOGUE: dict[str, Fault] = {
    # The row as a whole.
    "UNKNOWN_KIND": _error(
        "the kind of the rule is unknown",
        "Write equivalent, one_way or replace; an empty cell means equivalent.",
    ),
    "UNKNOWN_FLAG": _error(
        "enabled is neither yes nor no",
        "Write true or false; an empty cell means true.",
    ),
    "BAD_LIST": _error(
        "a list of terms cannot be read",
        'Write a JSON array of texts, such as ["danish", "croissant"].',
    ),
    "EXTRA_CELLS": _error(
        "the row has more cells than the table has columns",
        'Put a term that contains the separator in quotation marks: "salt, pepper".',
    ),
    "EMPTY_BASE_TERM": _error("the first term is empty", "Fill in the first term, or delete the row."),
    "EMPTY_LEFT": _error(
        "there is no term to look for", "Fill in the term that people search for, or delete the row."
    ),
    "EMPTY_RIGHT": _error("there is no target", "Fill in the target, or delete the row."),
    "UNUSED_RIGHT": _error(
        "an equivalent rule has targets",
        "Move the targets to the terms, or set the kind to one_way or replace.",
    ),
    "FEWER_THAN_TWO_TERMS": _error(
        "fewer than two different terms are left",
        "Add a synonym, or delete the row; spelling in capital letters makes no difference.",
    ),
    "ONE_WAY_NEEDS_ONE_LEFT": _error(
        "a one_way rule starts from more than one term",
        "Write one row for each term: together they would also stand for each other.",
    ),
    "SELF_MAP": _error("the rule leads a term to itself alone", "Correct the target, or delete the row."),
    # A term.
    "NOT_TEXT": _error("a term is not text", "Store it as text; in a JSON array, put it in quotation marks."),
    "BAD_UNICODE": _error(
        "a term is broken text", "Type the term again; a part of a character was lost in a copy."
    ),
    "CONTROL_CHAR": _error(
        "a term holds a line break or control character",
        "Delete that character. If there are two terms, put each in a cell of its own.",
    ),
    "TERM_TOO_LONG": _error(
        "a term has more than 255 characters", "Shorten it: the search engine cuts longer words in two."
    ),
    "NOT_ANALYZABLE": _error(
        "a term has no word that can be searched for",
        "Write it in words that can be searched for (dollar for $$$), or delete it.",
    ),
    "POSITION_GAP": _error(
        "a term has a stop word before another word",
        "Write the term without its stop words; searches for it find it all the same.",
    ),
    "TWO_ARROWS": _error(
        "a line has more than one arrow",
        "Keep one arrow; write \\=> where the characters belong to a term.",
    ),
    # Rules together.
    "TOO_WIDE": _error(
        "a term expands to more terms than searches survive",
        "Split the group, or make it a replace rule with one target.",
    ),
    "REPLACE_DEFEATED": _error(
        "a replace rule has no effect because another rule keeps the term",
        "Delete the replace rule, or take the term out of the other rule.",
    ),
    # The set as a whole.
    "EMPTY_SET": _error(
        "no rule is left", "Look for the rows; to publish an empty set on purpose, force the run."
    ),
    "SHRINK_GUARD": _error(
        "many rules have disappeared", "Look for the missing rows; if they went on purpose, force the run."
    ),
    # Warnings.
    "WIDE": _warning(
        "a term expands to many terms", "Split the group if searches become slow or find too much."
    ),
    "NOT_TRANSITIVE": _warning(
        "groups share a term but are not one",
        "If all of them mean the same, write them as one row; if not, leave it.",
    ),
    "CYCLE": _warning(
        "replace rules lead around in a circle",
        "Make it one equivalent row: rules are applied once, so these searches only change places.",
    ),
    "ANALYZES_TO_SHORT": _warning(
        "only one character of a term is searched for",
        "Delete the term, or have the search index keep such signs.",
    ),
    "SAME_TOKENS": _warning(
        "different spellings are the same to the search engine", "Keep one of them; the others add nothing."
    ),
    "LOSES_WORDS": _warning(
        "stop words at the end of a term are dropped", "Check that the shorter term is what you mean."
    ),
    "INVISIBLE_CHAR": _warning(
        "a term holds a character that cannot be seen", "Type the term again, so that searches can match it."
    ),
    "DUPLICATE": _warning("a row repeats another one", "Delete one of them; the rule is published once."),
    "NO_EFFECT": _warning(
        "the search engine accepts the line but does nothing with it", "Add a synonym, or delete the line."
    ),
}
"""By code, in the order of a report."""
