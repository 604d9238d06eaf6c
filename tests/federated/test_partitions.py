"""Partitions of an external table."""

from __future__ import annotations

import pytest

from switchyard.errors import CheckFailed
from switchyard.federated.partitions import flip, partitions_of

PLACE = "s3://lake/sales/load_id=2/"


def test_folders_are_read_as_partitions():
    """It should find each partition once, with its values as they were before they became a folder's name."""
    urls = [
        f"{PLACE}year=2026/state=a%20b/0000_part_00.parquet",
        f"{PLACE}year=2026/state=a%20b/0001_part_00.parquet",
        f"{PLACE}year=2026/state=__HIVE_DEFAULT_PARTITION__/0000_part_00.parquet",
    ]
    assert partitions_of(PLACE, ["year", "state"], urls) == {
        ("2026", "a b"): f"{PLACE}year=2026/state=a%20b/",
        ("2026", "__HIVE_DEFAULT_PARTITION__"): f"{PLACE}year=2026/state=__HIVE_DEFAULT_PARTITION__/",
    }


@pytest.mark.parametrize("file", ["a.parquet", "state=x/year=1/a.parquet", "year=1/a.parquet"])
def test_file_outside_a_partition_is_refused(file):
    """It should not publish a table of which some files would be seen by nobody."""
    with pytest.raises(CheckFailed, match="does not lie in folders of year, state"):
        partitions_of(PLACE, ["year", "state"], [PLACE + file])


@pytest.mark.parametrize("value", ["a%5C%27%20OR%20", "a%0Ab"])
def test_values_that_no_statement_can_name_are_refused(value):
    """It should say which column has such a value instead of putting it into a statement."""
    with pytest.raises(CheckFailed, match=r"state has a value with a backslash.*Partition by another column"):
        partitions_of(PLACE, ["state"], [f"{PLACE}state={value}/0000_part_00.parquet"])


def test_flip_changes_what_differs():
    """It should add, move and drop partitions, and leave alone what is right, so that it may be repeated."""
    present = {("1",): "s3://lake/old/k=1", ("2",): f"{PLACE}k=2", ("3",): "s3://lake/old/k=3"}
    wanted = {("1",): f"{PLACE}k=1/", ("2",): f"{PLACE}k=2/", ("4",): f"{PLACE}k=4/"}
    found = flip(present, wanted)
    assert (dict(found.added), dict(found.moved), found.dropped) == (
        {("4",): f"{PLACE}k=4/"},
        {("1",): f"{PLACE}k=1/"},
        (("3",),),
    )
    assert flip(wanted, wanted) == flip({}, {})
