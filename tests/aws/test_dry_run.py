from __future__ import annotations

import botocore.session
import pytest
from botocore.exceptions import ParamValidationError

from switchyard.aws.connections import aws_client
from switchyard.aws.dry_run import PlannedCall, is_read
from tests.support.aws_connections import SOURCE

pytestmark = pytest.mark.usefixtures("aws_connections")


def test_changes_are_planned_and_not_sent(sandbox):
    """It should answer a changing call itself, and write down what it would have been."""
    planned: list[PlannedCall] = []
    client = aws_client("rds", **SOURCE, planned=planned)
    answer = client.create_db_cluster_snapshot(
        DBClusterIdentifier="orders",
        DBClusterSnapshotIdentifier="orders-rp-1",
        Tags=[{"Key": "a", "Value": "b"}],
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert sandbox.calls("rds:CreateDBClusterSnapshot") == []
    (call,) = planned
    assert str(call) == (
        "rds:CreateDBClusterSnapshot in us-west-2 with "
        '{"DBClusterIdentifier": "orders", "DBClusterSnapshotIdentifier": "orders-rp-1", '
        '"Tags": [{"Key": "a", "Value": "b"}]}'
    )
    assert call.as_dict()["operation"] == "CreateDBClusterSnapshot"


def test_reads_go_through(sandbox):
    """It should let a planning client see what is there."""
    planned: list[PlannedCall] = []
    assert aws_client("rds", **SOURCE, planned=planned).describe_db_clusters()["DBClusters"] == []
    assert len(sandbox.calls("rds:DescribeDBClusters")) == 1
    assert planned == []


def test_a_planning_client_does_not_leak_into_real_ones(sandbox):
    """It should keep its habit to itself."""
    aws_client("sns", **SOURCE, planned=[])
    aws_client("sns", **SOURCE).create_topic(Name="t")
    assert len(sandbox.calls("sns:CreateTopic")) == 1


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("s3", "put_object", {"Bucket": "b", "Key": "k", "Body": b"x"}),
        ("sns", "publish", {"TopicArn": "arn:aws:sns:us-west-2:111111111111:t", "Message": "m"}),
        ("sqs", "receive_message", {"QueueUrl": "http://q/1/q"}),
        (
            "rds",
            "copy_db_cluster_snapshot",
            {
                "SourceDBClusterSnapshotIdentifier": "arn:aws:rds:us-west-1:111111111111:cluster-snapshot:s",
                "TargetDBClusterSnapshotIdentifier": "t",
                "KmsKeyId": "alias/k",
                "SourceRegion": "us-west-1",
            },
        ),
    ],
)
def test_parameters_are_kept_as_they_were_given(sandbox, service, operation, arguments):
    """It should plan in the words of the caller for every protocol, presigned copies included."""
    planned: list[PlannedCall] = []
    getattr(aws_client(service, **SOURCE, planned=planned), operation)(**arguments)
    (call,) = planned
    assert dict(call.parameters) == arguments
    assert call.as_dict()["parameters"].get("Body", "<1 bytes>") == "<1 bytes>"
    assert sandbox.calls(call.operation) == []


def test_secrets_are_masked():
    """It should keep passwords out of a plan that people read."""
    planned: list[PlannedCall] = []
    client = aws_client("rds", **SOURCE, planned=planned)
    client.create_db_cluster(
        DBClusterIdentifier="c",
        Engine="aurora-mysql",
        MasterUsername="admin",
        MasterUserPassword="hunter2-hunter2",
    )
    assert planned[0].parameters["MasterUserPassword"] == "***"
    assert planned[0].parameters["MasterUsername"] == "admin"


def test_wrong_parameters_fail_as_in_a_real_run():
    """It should refuse what botocore would refuse."""
    with pytest.raises(ParamValidationError, match="DBClusterSnapshotIdentifier"):
        aws_client("rds", **SOURCE, planned=[]).create_db_cluster_snapshot(DBClusterIdentifier="orders")


def test_only_known_reads_count_as_reads():
    """It should take an operation it does not know for a change."""
    assert not is_read("FrobnicateCluster")
    operations = botocore.session.get_session().get_service_model("rds").operation_names
    assert {name for name in operations if is_read(name)} == {
        name for name in operations if name.startswith(("Describe", "List"))
    }
