"""What copies of cluster snapshots and of instance snapshots have in common."""

import pytest
from botocore.exceptions import ClientError

TARGET = "222222222222"


def test_copy_is_copying_until_its_time_has_passed(here, stand_still):
    """It should show a copy as copying, with progress, until it is done."""
    here.make()
    here.snapshot()
    clock = stand_still(f"{here.snapshots}.copy")
    here.copy("point")
    clock.advance(25)
    under_way = here.show_snapshot("copy")
    assert (under_way["Status"], under_way["PercentProgress"]) == ("copying", 25)
    clock.advance(75)
    assert here.show_snapshot("copy")["Status"] == "available"


def test_copies_of_one_source_follow_one_another(here, stand_still):
    """It should keep a second copy of the same source at 0 percent until the first is done."""
    here.make()
    here.snapshot()
    clock = stand_still(f"{here.snapshots}.copy")
    here.copy("point", "first")
    here.copy("point", "second")
    clock.advance(99)
    assert here.show_snapshot("first")["PercentProgress"] == 99
    queued = here.show_snapshot("second")
    assert (queued["Status"], queued["PercentProgress"]) == ("copying", 0)
    clock.advance(1)
    assert here.show_snapshot("first")["Status"] == "available"
    clock.advance(50)
    assert here.show_snapshot("second")["PercentProgress"] == 50


def test_source_of_a_copy_must_be_available(here, stand_still):
    """It should refuse to copy a snapshot that is being created."""
    here.make()
    stand_still(f"{here.snapshots}.create")
    here.snapshot()
    with pytest.raises(ClientError, match=rf"\({here.faults['busy']}\).*creating"):
        here.copy("point")


def test_copy_onto_an_existing_name_is_refused(here):
    """It should refuse a copy under a name in use."""
    here.make()
    here.snapshot()
    here.copy("point")
    with pytest.raises(ClientError, match=rf"\({here.faults['exists']}\)"):
        here.copy("point")


def test_copy_from_another_region_needs_the_arn(here, there):
    """It should not find another Region's snapshot by its bare name."""
    here.make()
    arn = here.snapshot()[here.arn]
    with pytest.raises(ClientError, match=rf"\({here.faults['unknown']}\)"):
        there.copy("point")
    assert there.copy(arn)["Status"] == "available"


def test_encrypted_copy_to_another_region_needs_a_key(here, there):
    """It should ask for a key of the destination Region, in AWS's words, and refuse one of another."""
    key = here.encrypted()["KmsKeyId"]
    arn = here.snapshot()[here.arn]
    words = r"InvalidParameterValue.*Must specify new KMS key for cross region encrypted snapshot copy"
    with pytest.raises(ClientError, match=words):
        there.copy(arn)
    with pytest.raises(ClientError, match=r"KMSKeyNotAccessibleFault"):
        there.copy(arn, KmsKeyId=key)
    own = there.key()
    assert there.copy(arn, KmsKeyId=own)["KmsKeyId"] == own


def test_encrypted_copy_at_home_keeps_the_key(here):
    """It should encrypt a copy in the same account and Region with the source's key if none is named."""
    key = here.encrypted()["KmsKeyId"]
    here.snapshot()
    assert here.copy("point")["KmsKeyId"] == key


def test_share_is_copied_by_its_arn(there, theirs):
    """It should copy a shared snapshot under a key of the account, which it demands, and know no other."""
    there.encrypted(key=there.key(TARGET))
    arn = there.snapshot()[there.arn]
    with pytest.raises(ClientError, match=rf"\({there.faults['unknown']}\)"):
        theirs.copy(arn, KmsKeyId=theirs.key())
    there.share("point", TARGET)
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*KMS key"):
        theirs.copy(arn)
    key = theirs.key()
    assert theirs.copy(arn, KmsKeyId=key)["KmsKeyId"] == key


def test_share_is_copied_over_account_and_region_in_one_step(here, theirs):
    """It should let an account pull another's snapshot from another Region."""
    here.encrypted(key=here.key(TARGET))
    arn = here.snapshot()[here.arn]
    here.share("point", TARGET)
    key = theirs.key()
    copy = theirs.copy(arn, KmsKeyId=key)
    assert (copy["Status"], copy["KmsKeyId"]) == ("available", key)


def test_tags_are_copied_only_on_demand(here):
    """It should copy tags with CopyTags, prefer explicit ones, copy none otherwise, and refuse aws: tags."""
    here.make(CopyTagsToSnapshot=True, Tags=[{"Key": "from", "Value": "its source"}])
    tags, explicit = [{"Key": "team", "Value": "orders"}], [{"Key": "role", "Value": "copy"}]
    here.snapshot(Tags=tags)
    assert here.copy("point", "bare")["TagList"] == []
    assert here.copy("point", "tagged", CopyTags=True)["TagList"] == tags
    assert here.copy("point", "explicit", CopyTags=True, Tags=explicit)["TagList"] == explicit
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*reserved prefix"):
        here.copy("point", "reserved", Tags=[{"Key": "aws:backup", "Value": "x"}])


def test_deleting_the_target_gives_a_copy_up(here, stand_still):
    """It should cancel a copy whose target is deleted while copying."""
    here.make()
    here.snapshot()
    clock = stand_still(f"{here.snapshots}.copy")
    here.copy("point")
    here.delete_snapshot("copy")
    clock.advance(100)
    with pytest.raises(ClientError, match=rf"\({here.faults['unknown']}\)"):
        here.show_snapshot("copy")


def test_deleting_the_source_fails_a_copy(here, stand_still):
    """It should fail a copy whose source is deleted before it is done."""
    here.make()
    here.snapshot()
    clock = stand_still(f"{here.snapshots}.copy")
    here.copy("point")
    here.delete_snapshot("point")
    clock.advance(100)
    assert here.show_snapshot("copy")["Status"] == "failed"
