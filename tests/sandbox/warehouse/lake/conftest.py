"""A warehouse with a bucket and a schema of the data catalogue."""

import pytest

from tests.support.warehouse import BUCKET, GLUE_DATABASE, LAKE_ROLE, REGION, Cloud, Shop


@pytest.fixture
def shop(sandbox):
    """A session that writes to the bucket, with schema lake of the data catalogue and a table of six sales."""
    made = Shop(Cloud())
    made.s3.create_bucket(BUCKET, REGION)
    made.run(
        f"CREATE EXTERNAL SCHEMA lake FROM DATA CATALOG DATABASE '{GLUE_DATABASE}' IAM_ROLE '{LAKE_ROLE}' "
        "CREATE EXTERNAL DATABASE IF NOT EXISTS"
    )
    made.run(
        "CREATE TABLE sales (id INT, day DATE, shop VARCHAR(9), amount DECIMAL(9,2), paid BOOLEAN, at TIMESTAMP)"
    )
    made.run(
        "INSERT INTO sales VALUES (1, '2026-01-01', 'a', 1.50, true, '2026-01-01 10:00:00'), "
        "(2, '2026-01-01', 'b', 2.50, false, '2026-01-01 11:00:00'), (3, '2026-01-02', 'a', 3.50, true, NULL), "
        "(4, '2026-01-02', NULL, 4.50, true, NULL), (5, '2026-01-03', 'x/y z', 5.50, NULL, NULL), "
        "(6, '2026-01-03', 'a', 6.50, true, NULL)"
    )
    yield made
    made.warehouse.close()


@pytest.fixture
def unload(shop):
    """Unload a query to a place in the bucket with options."""

    def run(query, place, options):
        text = query.replace("'", "''")
        return shop.run(
            f"UNLOAD ('{text}') TO 's3://{BUCKET}/{place}' IAM_ROLE '{LAKE_ROLE}' {options}"
        ).affected

    return run
