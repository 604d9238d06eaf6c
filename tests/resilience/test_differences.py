"""What differs between two ends of a run."""

from __future__ import annotations

import pytest

from tests.support.differences import differences


@pytest.mark.parametrize(
    ("left", "expected", "found"),
    [
        ({"rows": [1, 2, 2]}, {"rows": [2, 1, 2]}, ["/rows: in another order"]),
        ({"rows": [1]}, {"rows": [1, 2, 2]}, ["/rows: missing 2", "/rows: missing 2"]),
        ({"rows": [1, 1]}, {"rows": [1]}, ["/rows: too much 1"]),
        ({"a": {"b": None}}, {"a": {}}, ['/a/b: null instead of "nothing"']),
        ({"a": 1}, {"a": 2, "b": []}, ["/a: 1 instead of 2", '/b: "nothing" instead of []']),
        ((1, "x"), [1, "x"], []),
    ],
)
def test_each_difference_counts(left, expected, found):
    """It should tell each thing that is missing, too much or other, and nothing else."""
    assert differences(left, expected) == found


def test_equal_ends_have_none():
    """It should find nothing where there is nothing."""
    assert differences({"a": [{"b": 1}]}, {"a": [{"b": 1}]}) == []
