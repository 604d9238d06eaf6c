from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from switchyard.waiting.excerpt import read_only
from switchyard.waiting.kinds import KINDS


@pytest.fixture
def rds(sandbox):
    """A client of its own, as an excerpt changes its client for good."""
    return sandbox.session("source").client("rds", "us-west-2", endpoint_url=sandbox.endpoint_url)


def make_cluster(rds, number):
    rds.create_db_cluster(
        DBClusterIdentifier=f"orders-{number}",
        Engine="aurora-mysql",
        MasterUsername="admin",
        MasterUserPassword="not-a-secret-9",
        Tags=[{"Key": "Status", "Value": "misleading"}],
    )


def test_answers_hold_the_wanted_fields_alone(rds):
    """It should agree with botocore's own reading of these fields."""
    for number in range(3):
        make_cluster(rds, number)
    whole = rds.describe_db_clusters()["DBClusters"]
    fields = {"DBClusterIdentifier", "Status", "EarliestRestorableTime", "NoSuchField"}
    read_only(rds, KINDS["db_cluster"], fields)
    brief = rds.describe_db_clusters()["DBClusters"]
    assert [(one["DBClusterIdentifier"], one["Status"]) for one in brief] == [
        (one["DBClusterIdentifier"], one["Status"]) for one in whole
    ]
    assert all(set(one) <= fields for one in brief)


def test_fields_of_parts_are_not_taken_for_the_whole(rds):
    """It should look at a resource's own fields, not at those of what it contains."""
    make_cluster(rds, 1)
    rds.create_db_instance(
        DBInstanceIdentifier="orders-1-a",
        DBClusterIdentifier="orders-1",
        DBInstanceClass="db.r6g.large",
        Engine="aurora-mysql",
    )
    rds.add_role_to_db_cluster(
        DBClusterIdentifier="orders-1", RoleArn="arn:aws:iam::111111111111:role/r", FeatureName="s3Import"
    )
    (whole,) = rds.describe_db_clusters()["DBClusters"]
    assert "Status" in whole["AssociatedRoles"][0]
    read_only(rds, KINDS["db_cluster"], {"Status", "DBInstanceIdentifier"})
    assert rds.describe_db_clusters()["DBClusters"] == [{"Status": "available"}]


def test_pages_are_followed(rds):
    """It should leave the marker of the next page to botocore."""
    for number in range(25):
        make_cluster(rds, number)
    read_only(rds, KINDS["db_cluster"], {"Status"})
    pages = list(rds.get_paginator("describe_db_clusters").paginate(PaginationConfig={"PageSize": 20}))
    assert [len(page["DBClusters"]) for page in pages] == [20, 5]


def test_other_calls_and_errors_are_left_alone(rds):
    """It should cut down nothing but the kind's own describe."""
    read_only(rds, KINDS["db_cluster"], {"Status"})
    make_cluster(rds, 1)
    assert rds.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"] is not None
    with pytest.raises(ClientError, match="DBClusterNotFoundFault"):
        rds.describe_db_clusters(DBClusterIdentifier="nobody")
