"""The Data API with a workgroup, which holds a table of orders where that is wanted."""

import pytest

from sandbox.redshift_data.quotas import quotas
from tests.support.aws_connections import aws_connections
from tests.support.redshift import DataApi

__all__ = ["aws_connections"]


@pytest.fixture
def api(sandbox):
    """A workgroup with an empty database."""
    made = DataApi(sandbox)
    made.make_workgroup()
    yield made
    quotas.restore()


@pytest.fixture
def orders(api):
    """A workgroup with a table of three orders."""
    api.run(
        [
            "create table orders (id integer, customer varchar(20), total decimal(9,2))",
            "insert into orders values (1, 'Ann', 9.50), (2, 'Bob', 20.00), (3, null, 0.99)",
        ]
    )
    return api
