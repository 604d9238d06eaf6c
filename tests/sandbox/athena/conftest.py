"""Athena with a database and buckets, and a table of orders."""

import pytest

from tests.support.athena import Lake


@pytest.fixture
def lake(sandbox):
    """An empty database with buckets for data and results."""
    return Lake(sandbox)


@pytest.fixture
def orders(lake):
    """A lake with a partitioned table of Parquet that holds three orders."""
    lake.run(
        "CREATE EXTERNAL TABLE orders (id int, customer string, total decimal(9,2)) "
        "PARTITIONED BY (day date) STORED AS PARQUET LOCATION 's3://data/orders/'"
    )
    lake.run(
        "INSERT INTO orders VALUES (1, 'Ann', 9.50, date '2026-01-01'), (2, 'Bob', 20.00, date '2026-01-01'), "
        "(3, 'Cay', 0.99, date '2026-01-02')"
    )
    return lake
