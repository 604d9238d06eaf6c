import pytest
from botocore.exceptions import ClientError

from tests.sandbox.rds.conftest import source as source  # noqa: PLC0414 -- the fixture of RDS's tests


@pytest.fixture
def orders(source):
    """A cluster with a writer."""
    source.cluster()
    source.instance()
    return source


def ask(side, name="orders"):
    """Ask a cluster through the Data API."""
    arn = side.show_cluster(name)["DBClusterArn"]
    client = side.sandbox.client("rds-data", side.account, side.region)
    return client.execute_statement(resourceArn=arn, secretArn=arn, sql="SELECT 1")


def switch(side, enabled, name="orders"):
    """Turn the Data API on or off."""
    arn = side.show_cluster(name)["DBClusterArn"]
    call = side.rds.enable_http_endpoint if enabled else side.rds.disable_http_endpoint
    return call(ResourceArn=arn)["HttpEndpointEnabled"]


def test_data_api_answers_where_it_is_on(orders):
    """It should refuse statements until it is turned on, and after it is turned off."""
    with pytest.raises(ClientError, match=r"BadRequestException.*HttpEndpoint is not enabled"):
        ask(orders)
    assert switch(orders, True) is True
    assert orders.show_cluster("orders")["HttpEndpointEnabled"] is True
    assert ask(orders)["records"] == []
    assert switch(orders, False) is False
    with pytest.raises(ClientError, match=r"HttpEndpoint is not enabled"):
        ask(orders)


def test_rename_breaks_the_data_api_until_it_is_off_and_on(orders):
    """It should say that it is on after a rename, and answer only when it was turned off and on again."""
    switch(orders, True)
    orders.rename("orders", "renamed")
    assert orders.show_cluster("renamed")["HttpEndpointEnabled"] is True
    with pytest.raises(ClientError, match=r"HttpEndpoint is not enabled"):
        ask(orders, "renamed")
    switch(orders, False, "renamed")
    switch(orders, True, "renamed")
    assert ask(orders, "renamed")["records"] == []


def test_modification_does_not_turn_the_data_api_on(orders):
    """It should drop EnableHttpEndpoint of ModifyDBCluster, which is for Serverless v1."""
    orders.rds.modify_db_cluster(DBClusterIdentifier="orders", EnableHttpEndpoint=True, ApplyImmediately=True)
    assert orders.show_cluster("orders")["HttpEndpointEnabled"] is False


def test_data_api_needs_its_cluster(orders):
    """It should refuse an unknown cluster."""
    arn = orders.show_cluster("orders")["DBClusterArn"]
    client = orders.sandbox.client("rds-data", orders.account, orders.region)
    with pytest.raises(ClientError, match=r"BadRequestException"):
        client.execute_statement(resourceArn=f"{arn}-other", secretArn=arn, sql="SELECT 1")
