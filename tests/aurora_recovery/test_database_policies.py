"""Policies for logins by IAM, before and after a swap."""

import json

from hypothesis import given
from hypothesis import strategies as st

from switchyard.aurora_recovery.database_policies import (
    admits,
    oldest_to_delete,
    size,
    with_resource_id,
)

OLD, NEW = "cluster-OLD", "cluster-NEW"
USER = "arn:aws:rds-db:us-west-1:222222222222:dbuser:{}/{}"


def document(*resources, effect="Allow", field="Resource"):
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Other", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
            {"Sid": "Login", "Effect": effect, "Action": "rds-db:connect", field: list(resources)},
        ],
    }


def test_new_id_is_listed_beside_the_old_one():
    """It should add a twin for each user, and leave the rest of the policy as it is."""
    before = document(USER.format(OLD, "app"), USER.format("cluster-OTHER", "app"), USER.format(OLD, "read"))
    after = with_resource_id(before, old=OLD, new=NEW)
    assert after["Statement"][1]["Resource"] == [
        USER.format(OLD, "app"),
        USER.format(NEW, "app"),
        USER.format("cluster-OTHER", "app"),
        USER.format(OLD, "read"),
        USER.format(NEW, "read"),
    ]
    assert after["Statement"][0] == before["Statement"][0]
    assert after["Version"] == before["Version"]


def test_one_resource_and_one_statement_need_no_list():
    """It should read the short forms that IAM allows."""
    short = {"Statement": {"Effect": "Allow", "Action": "rds-db:connect", "Resource": USER.format(OLD, "a")}}
    after = with_resource_id(short, old=OLD, new=NEW)
    assert after["Statement"]["Resource"] == [USER.format(OLD, "a"), USER.format(NEW, "a")]


def test_refusals_are_extended_too():
    """It should not let into the new cluster whom the policy keeps out of the old one."""
    for field in ("Resource", "NotResource"):
        after = with_resource_id(
            document(USER.format(OLD, "root"), effect="Deny", field=field), old=OLD, new=NEW
        )
        assert USER.format(NEW, "root") in after["Statement"][1][field]


def test_policy_without_the_old_id_stays():
    """It should change nothing where the old id is not named, nor what was extended before."""
    wide = document(USER.format("*", "app"))
    assert with_resource_id(wide, old=OLD, new=NEW) == wide
    once = with_resource_id(document(USER.format(OLD, "app")), old=OLD, new=NEW)
    assert with_resource_id(once, old=OLD, new=NEW) == once


@given(
    st.lists(st.sampled_from([USER.format(it, user) for it in (OLD, NEW, "x") for user in "ab"]), unique=True)
)
def test_nothing_is_lost(resources):
    """It should keep every resource in its order, add only twins, and admit the new id where the old one was."""
    after = with_resource_id(document(*resources), old=OLD, new=NEW)["Statement"][1]["Resource"]
    assert [one for one in after if one in resources] == resources
    assert {one.replace(NEW, OLD) for one in after} == {one.replace(NEW, OLD) for one in resources}
    assert admits(document(*resources), OLD) <= admits(document(*after), NEW)


def test_wildcards_admit():
    """It should know that a wildcard needs no new id."""
    assert admits(document(USER.format("*", "app")), NEW)
    assert admits(document(USER.format("cluster-*", "app")), NEW)
    assert admits(document("*"), NEW)
    assert not admits(document(USER.format(OLD, "app")), NEW)


def test_versions_are_pruned_where_there_is_no_room():
    """It should name the oldest version that is not in force, and none below five."""
    versions = [{"VersionId": f"v{number}", "IsDefaultVersion": number == 8} for number in (8, 9, 10, 11, 12)]
    assert oldest_to_delete(versions) == "v9"
    assert oldest_to_delete(versions[1:]) is None


def test_size_counts_as_iam_does():
    """It should not count white space."""
    assert size({"a": "b c"}) == len(json.dumps({"a": "bc"}, separators=(",", ":")))
