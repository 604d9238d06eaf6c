# ruff: noqa: S311
"""The spelling of terms."""

import random
import unicodedata

import pytest

from switchyard.synonyms.text import escape, length, normalise, shown


@pytest.mark.parametrize(
    ("term", "spelled"),
    [
        ("  ice \t cream\n", "ice cream"),
        ("ice\u00a0\u2003cream", "ice cream"),
        ("\ufeffda\u200bni\u00adsh\u2060", "danish"),
        ("cafe\u0301", "caf\u00e9"),
        ("e\u200b\u0301", "\u00e9"),
        ("\u212b", "\u00c5"),
        ("\u200b", ""),
        ("a\u200d\u200cb", "a\u200d\u200cb"),
    ],
)
def test_spelling(term, spelled):
    """It should leave one spelling of what looks the same, and joiners as they are."""
    assert normalise(term) == spelled


def test_spelling_is_settled_at_once():
    """It should change nothing when it is done again, and always give composed text."""
    dice = random.Random(4)
    characters = [chr(point) for point in range(0x3000) if unicodedata.category(chr(point)) != "Cn"]
    for _ in range(5_000):
        once = normalise("".join(dice.choices(characters, k=6)))
        assert normalise(once) == once
        assert unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize(
    ("term", "written"),
    [
        ("salt, pepper", r"salt\, pepper"),
        ("a=>b", r"a\=>b"),
        ("a=b>c", "a=b>c"),
        ("AC\\DC", r"AC\\DC"),
        ("#1 dad #2", r"\#1 dad #2"),
        ("a\\,=>", r"a\\\,\=>"),
    ],
)
def test_escape(term, written):
    """It should protect what the format would take for its own, and nothing else."""
    assert escape(term) == written


def test_length_counts_what_the_search_engine_counts():
    """It should count characters beyond 16 bits twice."""
    assert (length("danish"), length("é"), length("🍦a")) == (6, 1, 3)


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("danish", '"danish"'),
        ("a\nb\0", '"a<line break>b<NUL>"'),
        ("a\u200eb\u00a0c", '"a<U+200E>b<no-break space>c"'),
        ("\x1b[31m", '"<U+001B>[31m"'),
        ("x\ud83c", '"x<U+D83C>"'),
        (5, '"5"'),
        ("日本 🍦", '"日本 🍦"'),
        ("x" * 100, '"' + "x" * 57 + '..."'),
    ],
)
def test_shown_value_is_one_safe_line(value, quoted):
    """It should show what cannot be seen, and let no value break a report's line or a terminal."""
    assert shown(value) == quoted
