from __future__ import annotations

import asyncio

import pytest
from botocore.exceptions import ClientError

from switchyard.aws.connections import ATTEMPTS, async_client, aws_access, aws_client
from switchyard.errors import BadInput, NotAllowed
from tests.support.aws_connections import SOURCE, TARGET, connection

pytestmark = pytest.mark.usefixtures("aws_connections")


def opened_and_closed(service, **where):
    """Make an aiobotocore client and close it again."""

    async def use():
        async with async_client(service, **where):
            pass

    asyncio.run(use())


def test_the_client_reaches_the_account_of_its_connection(sandbox):
    """It should assume the connection's role in the Region asked for."""
    aws_client("sns", **TARGET).create_topic(Name="t")
    (call,) = sandbox.calls("sns:CreateTopic")
    assert (call["account"], call["region"]) == ("222222222222", "us-west-1")


def test_clients_are_made_once_per_process():
    """It should hand out the same client for the same connection, service and Region, and no other."""
    first = aws_client("rds", **SOURCE)
    assert aws_client("rds", **SOURCE) is first
    assert aws_client("rds", **{**SOURCE, "region_name": "us-west-1"}) is not first
    assert aws_client("rds", **TARGET) is not first


def test_the_account_is_asked_for_once(sandbox):
    """It should remember to which account a connection leads."""
    for service in ("rds", "sns", "sqs"):
        aws_client(service, **SOURCE)
    assert len(sandbox.calls("sts:GetCallerIdentity")) <= 1


def test_a_changed_connection_is_looked_at_again(sandbox, monkeypatch):
    """It should not trust a connection whose content is not the one that was checked."""
    aws_client("rds", **SOURCE)
    monkeypatch.setenv("AIRFLOW_CONN_AWS_SOURCE", connection(sandbox.endpoint_url, "222222222222"))
    with pytest.raises(
        NotAllowed, match=r"aws_source for account 111111111111: it leads to account 222222222222\."
    ):
        aws_client("rds", **SOURCE)


def test_another_account_is_refused():
    """It should hand out no client, blocking or not, of an account that was not asked for."""
    for make in (aws_client, opened_and_closed):
        with pytest.raises(NotAllowed, match="it leads to account 222222222222"):
            make("rds", **{**TARGET, "account_id": "111111111111"})


def test_an_unknown_connection_is_an_error_with_a_remedy():
    """It should not fall back to whatever credentials the machine has."""
    with pytest.raises(BadInput, match=r"aws_conn_id is 'aws_nowhere': .* AIRFLOW_CONN_AWS_NOWHERE\.$"):
        aws_client("rds", **{**SOURCE, "aws_conn_id": "aws_nowhere"})
    with pytest.raises(BadInput, match="aws_nowhere"):
        opened_and_closed("rds", **{**SOURCE, "aws_conn_id": "aws_nowhere"})


def test_throttled_calls_are_tried_again(sandbox):
    """It should survive throttled answers without troubling the step, longer than botocore by itself."""
    client = aws_client("rds", **SOURCE)
    assert client.meta.config.retries == {"mode": "standard", "total_max_attempts": ATTEMPTS}
    sandbox.fault("rds:DescribeDBClusters", "throttle", times=1)
    assert client.describe_db_clusters()["DBClusters"] == []


def test_settings_of_the_connection_win(sandbox, monkeypatch):
    """It should leave the retries of a connection that sets its own."""
    own = {"retries": {"mode": "standard", "total_max_attempts": 1}}
    value = connection(sandbox.endpoint_url, "111111111111", config_kwargs=own)
    monkeypatch.setenv("AIRFLOW_CONN_AWS_SOURCE", value)
    sandbox.fault("rds:DescribeDBClusters", "throttle", times=1)
    with pytest.raises(ClientError, match="Throttling"):
        aws_client("rds", **SOURCE).describe_db_clusters()


def test_calls_are_sent_once_where_asked(sandbox):
    """It should repeat no call by itself, and keep such clients apart from those that do."""
    sandbox.fault("sns:CreateTopic", "server-error", times=2)
    once = aws_client("sns", **SOURCE, once=True)
    with pytest.raises(ClientError, match="reached max retries: 0"):
        once.create_topic(Name="t")
    assert aws_client("sns", **SOURCE, once=True) is once
    assert aws_client("sns", **SOURCE) is not once
    aws_client("sns", **SOURCE).create_topic(Name="t")
    assert len(sandbox.calls("sns:CreateTopic")) == 3


def test_requests_past_the_clients_are_signed_by_the_same_role(sandbox, monkeypatch):
    """It should lend the credentials of the assumed role and the certificates of the connection, and no other's."""
    value = connection(sandbox.endpoint_url, SOURCE["account_id"], verify="/etc/own-ca.pem")
    monkeypatch.setenv("AIRFLOW_CONN_AWS_SOURCE", value)
    access = aws_access(**SOURCE)
    assert access.verify == "/etc/own-ca.pem"
    assert access.credentials.get_frozen_credentials().token
    assert aws_access(**SOURCE) is access
    with pytest.raises(NotAllowed, match="it leads to account 111111111111"):
        aws_access(**{**SOURCE, "account_id": "222222222222"})
