"""What snapshots of clusters and of plain instances have in common."""

import pytest
from botocore.exceptions import ClientError


def test_snapshot_is_creating_until_its_time_has_passed(here, stand_still):
    """It should show a snapshot as creating, with progress, until it is done."""
    here.make()
    clock = stand_still(f"{here.snapshots}.create")
    here.snapshot()
    clock.advance(40)
    under_way = here.show_snapshot("point")
    assert (under_way["Status"], under_way["PercentProgress"]) == ("creating", 40)
    clock.advance(60)
    done = here.show_snapshot("point")
    assert (done["Status"], done["PercentProgress"]) == ("available", 100)


def test_source_backs_up_during_its_snapshot(here, stand_still):
    """It should show backing-up while a snapshot is taken, and refuse a second one."""
    here.make()
    clock = stand_still(f"{here.snapshots}.create")
    here.snapshot()
    assert here.status() == "backing-up"
    with pytest.raises(ClientError, match=rf"\({here.faults['source busy']}\).*{here.not_available}"):
        here.snapshot("second")
    clock.advance(100)
    assert here.status() == "available"


def test_snapshot_of_what_is_stopped_is_refused(here):
    """It should refuse to snapshot a stopped cluster or instance."""
    here.make()
    here.stop()
    with pytest.raises(ClientError, match=rf"\({here.faults['source busy']}\)"):
        here.snapshot()


def test_snapshot_of_what_is_missing_is_refused(here):
    """It should not know the source, in the fault's own spelling: for instances without the word Fault."""
    with pytest.raises(ClientError, match=rf"\({here.faults['source unknown']}\)"):
        here.snapshot()


def test_snapshot_name_in_use_is_refused(here):
    """It should refuse a second snapshot of the same name, in whatever case."""
    here.make()
    here.snapshot()
    for name in ("point", "POINT"):
        with pytest.raises(ClientError, match=rf"\({here.faults['exists']}\)"):
            here.snapshot(name)


def test_tags_of_a_snapshot(here):
    """It should take the source's tags only where the source says so and none are given."""
    tags, own = [{"Key": "team", "Value": "orders"}], [{"Key": "role", "Value": "point"}]
    here.make(CopyTagsToSnapshot=True, Tags=tags)
    here.make("other", Tags=tags)
    assert here.snapshot()["TagList"] == tags
    assert here.snapshot("explicit", Tags=own)["TagList"] == own
    assert here.snapshot("bare", "other")["TagList"] == []


def test_deletion_passes_through_deleting(here, stand_still):
    """It should answer with the status before, show deleting, then know the snapshot no more."""
    here.make()
    here.snapshot()
    clock = stand_still(f"{here.snapshots}.delete")
    assert here.delete_snapshot("point")["Status"] == "available"
    assert here.show_snapshot("point")["Status"] == "deleting"
    clock.advance(100)
    with pytest.raises(ClientError, match=rf"\({here.faults['unknown']}\)"):
        here.show_snapshot("point")


def test_snapshot_being_created_cannot_be_deleted(here, stand_still):
    """It should refuse to delete a snapshot that is still being made."""
    here.make()
    stand_still(f"{here.snapshots}.create")
    here.snapshot()
    with pytest.raises(ClientError, match=rf"\({here.faults['busy']}\).*creating"):
        here.delete_snapshot("point")


def test_automated_snapshot_cannot_be_deleted(here):
    """It should back a new source up by itself, under AWS's kind of name, and refuse to delete that."""
    here.make(BackupRetentionPeriod=1)
    [name] = here.list_snapshots(SnapshotType="automated")
    assert name.startswith("rds:orders-")
    with pytest.raises(ClientError, match=rf"\({here.faults['busy']}\).*Only manual"):
        here.delete_snapshot(name)
