# ruff: noqa: S311
"""What is sorted and counted beyond memory, and circles."""

import random

import pytest

from switchyard.synonyms import circles
from switchyard.synonyms.sorted_lines import SortedLines
from switchyard.synonyms.term_index import TermIndex

LINES = ["danish", "Danish", "", "a, b", "a b", "a\x1fb", "ämter", "日本", "🍦", "\uffee", "zz"]


@pytest.mark.parametrize("limits", [{}, {"most_lines": 3}, {"most_characters": 5}])
def test_lines_come_in_the_order_of_code_points(tmp_path, limits):
    """It should sort by code points and keep repeated lines, in memory and from disk."""
    dice = random.Random(1)
    lines = dice.choices(LINES, k=40)
    taken = SortedLines(tmp_path / "runs", **limits)
    for line in lines:
        taken.add([line])
    assert list(taken.drain()) == sorted(lines)
    assert (tmp_path / "runs").exists() == bool(limits)


@pytest.mark.parametrize("limits", [{}, {"most_terms": 4}, {"most_characters": 9}])
def test_repeated_terms_come_with_their_numbers(tmp_path, limits):
    """It should give exactly the terms that came more than once, with all their numbers, sorted."""
    dice = random.Random(2)
    terms = [dice.choice([*LINES[:2], *(f"term {number}" for number in range(40))]) for _ in range(60)]
    index = TermIndex(tmp_path / "runs", **limits)
    for at in range(0, 60, 3):
        index.add(terms[at : at + 3])
    wanted = {term: [n for n, each in enumerate(terms) if each == term] for term in sorted(set(terms))}
    assert list(index.repeated()) == [(term, numbers) for term, numbers in wanted.items() if len(numbers) > 1]


def test_no_term_is_repeated(tmp_path):
    """It should give nothing where all terms differ."""
    index = TermIndex(tmp_path)
    index.add(["a", "b"])
    assert list(index.repeated()) == []


@pytest.mark.parametrize(
    ("targets", "found"),
    [
        ({}, []),
        ({"a": ["b"], "b": ["c"]}, []),
        ({"a": ["b"], "b": ["a"]}, [["a", "b"]]),
        ({"c": ["a"], "a": ["b"], "b": ["c", "x"], "x": ["y"], "y": ["x"]}, [["a", "b", "c"], ["x", "y"]]),
        ({"a": ["b", "c"], "b": ["a"], "c": ["a"]}, [["a", "b"]]),
        ({"z": ["a"], "a": ["b"], "b": ["a"], "y": ["z"]}, [["a", "b"]]),
        ({"a": ["a"]}, [["a"]]),
    ],
)
def test_circles(targets, found):
    """It should find circles, not what leads to or from them, and begin each with its smallest term."""
    assert list(circles.find(targets)) == found


def test_every_circle_is_closed():
    """It should give only circles that the replacements really make, and leave none behind."""
    dice = random.Random(3)
    for _ in range(200):
        terms = [str(number) for number in range(12)]
        targets = {term: dice.choices(terms, k=dice.randint(0, 2)) for term in terms}
        found = list(circles.find(targets))
        cut = {term for circle in found for term in circle}
        for circle in found:
            for one, other in zip(circle, [*circle[1:], circle[0]], strict=True):
                assert other in targets[one]
        assert list(circles.find({term: leads for term, leads in targets.items() if term not in cut})) == []


def test_long_chain_without_a_circle():
    """It should follow thirty thousand replacements without recursion."""
    chain = {f"{number:06}": [f"{number + 1:06}"] for number in range(30_000)}
    assert list(circles.find(chain)) == []
    assert len(next(circles.find({**chain, "029999": ["000000"]}))) == 30_000
