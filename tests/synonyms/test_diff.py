# ruff: noqa: S311
"""What a release changes, and whether it loses too much."""

import random

import pytest

from switchyard.errors import BadInput
from switchyard.synonyms import sorted_lines
from switchyard.synonyms.diff import Change, Diff, compare, empty_guard, shrink_guard
from switchyard.synonyms.rules import SourceRow


@pytest.fixture
def diff_of(tmp_path):
    def compare_lines(old, new):
        paths = [tmp_path / "old.txt", tmp_path / "new.txt"]
        for path, lines in zip(paths, (old, new), strict=True):
            path.write_text("".join(f"{line}\n" for line in lines or ()), encoding="utf-8")
        return compare(None if old is None else paths[0], paths[1])

    return compare_lines


def test_added_removed_changed(diff_of):
    """It should call a rule changed when another one begins with the same term, and count the rest as it is."""
    old = ["a, b", "danish, croissant", "gb => gigabyte", "ice cream, gelato", "ice, frozen", "z, y"]
    new = ["a, b", "danish, croissant, pastry", "gb => gib", "ice cream, gelato", "ice => iced", "tv, telly"]
    assert diff_of(old, new) == Diff(
        added=2,
        removed=2,
        changed=2,
        unchanged=2,
        sample=(
            Change("changed", "danish, croissant", "danish, croissant, pastry"),
            Change("changed", "gb => gigabyte", "gb => gib"),
            Change("added", None, "ice => iced"),
            Change("removed", "ice, frozen", None),
            Change("added", None, "tv, telly"),
            Change("removed", "z, y", None),
        ),
    )


@pytest.mark.parametrize(
    ("old", "new", "counts"),
    [
        (None, ["a, b"], (1, 0, 0, 0)),
        ([], [], (0, 0, 0, 0)),
        (["a, b"], [], (0, 1, 0, 0)),
        (["a, b", "a, c", "a, d"], ["a, c", "a, x"], (0, 1, 1, 1)),
        (["a, c", "a, x"], ["a, b", "a, c", "a, d", "a, y"], (2, 0, 1, 1)),
        ([r"a\, b, c"], ["a, c"], (1, 1, 0, 0)),
        ([r"a\=>b, c"], [r"a\=>b, d"], (0, 0, 1, 0)),
        (["a b, c"], ["a, c"], (1, 1, 0, 0)),
        (["i-pod, i pod => ipod"], ["i-pod, i pod => iPod"], (0, 0, 1, 0)),
        (["foo"], ["foo, bar"], (1, 1, 0, 0)),
    ],
)
def test_pairs_of_the_same_head(diff_of, old, new, counts):
    """It should pair rules by their first term as it is escaped, no more of them than there are."""
    found = diff_of(old, new)
    assert (found.added, found.removed, found.changed, found.unchanged) == counts
    assert (found.before, found.after) == (len(old or ()), len(new))


def test_files_need_not_be_sorted(diff_of):
    """It should compare files written by hand too, with comments, empty lines and rules that are there twice."""
    found = diff_of(["# ours", "z, y", "", "a, b", "z, y"], ["a, b", "z, y"])
    assert found == Diff(unchanged=2)


def test_same_rows_are_no_change(compiled, tmp_path):
    """It should find no difference and the same hash when the rows come back in another order (F08)."""
    rows = [SourceRow(str(n), "equivalent", (f"a{n}", f"b{n}")) for n in range(50)]
    made, _ = compiled(rows)
    live = made.path.rename(tmp_path / "live.txt")
    again, _ = compiled(reversed(rows))
    assert again.sha256 == made.sha256
    found = compare(live, again.path)
    assert (found.unchanged, found.share, found.sample) == (50, 0.0, ())


def test_counts_add_up_for_files_of_chance(diff_of, monkeypatch):
    """It should account for every rule of both files once, whatever is in them, and from disk as well."""
    monkeypatch.setattr(sorted_lines, "MOST_LINES", 20)
    dice = random.Random(8)
    for _ in range(40):
        old, new = ([f"{dice.choice('abcd')}, {dice.randint(1, 20)}" for _ in range(60)] for _ in range(2))
        found = diff_of(old, new)
        assert (found.before, found.after) == (len(set(old)), len(set(new)))
        assert found.unchanged == len(set(old) & set(new))


def test_page_for_people(diff_of):
    """It should give the counts and the first changes of each kind, as people know them from diffs."""
    old = ["danish, croissant", *(f"r{number:03}, x" for number in range(100))]
    found = diff_of(old, ["danish, pastry"])
    assert found.text().splitlines()[:4] == [
        "0 added, 100 removed, 1 changed, 0 unchanged: 101 rules become 1; 100.0% differ.",
        "- danish, croissant",
        "+ danish, pastry",
        "- r000, x",
    ]
    assert found.text().endswith("\n... and 80 more\n")


@pytest.mark.parametrize(
    ("rules", "objects"), [(71, False), (70, False), (69, True), (0, True), (200, False)]
)
def test_shrink_guard(rules, objects):
    """It should object when more than the given part of the rules would go (F07), unless it is forced."""
    diff = Diff(removed=max(0, 100 - rules), added=max(0, rules - 100), unchanged=min(100, rules))
    finding = shrink_guard(diff, max_shrink=0.3)
    assert (finding is not None) == objects
    if finding:
        assert (finding.severity, finding.code) == ("error", "SHRINK_GUARD")
        assert finding.reason == f"100 rules would become {rules}; {100 - rules}% would go, 30% may"
    assert shrink_guard(diff, max_shrink=0.3, force=True) is None


def test_nothing_to_shrink_from():
    """It should let a first release pass."""
    assert shrink_guard(Diff(added=3), max_shrink=0.0) is None
    assert shrink_guard(Diff(), max_shrink=0.0) is None


@pytest.mark.parametrize("part", [30, -0.1])
def test_percentage_for_a_part_is_refused(part):
    """It should not take 30 for a part of one, which would let everything pass."""
    with pytest.raises(
        BadInput, match=r"max_shrink is .*: it is no part of a whole. Give 0.3 for 30 percent"
    ):
        shrink_guard(Diff(), max_shrink=part)


def test_empty_guard():
    """It should object to a set without rules (F06), unless it is forced."""
    finding = empty_guard(0)
    assert (finding.severity, finding.code) == ("error", "EMPTY_SET")
    assert empty_guard(0, force=True) is None
    assert empty_guard(1) is None


def test_file_that_is_not_utf8(tmp_path):
    """It should name the file."""
    path = tmp_path / "old.txt"
    path.write_bytes(b"caf\xe9, coffee\n")
    with pytest.raises(BadInput, match=r"file is '.*old.txt': it is not UTF-8: .* Save it as UTF-8"):
        compare(path, path)
