"""A table of a load, as configuration gives it."""

from __future__ import annotations

import pytest

from switchyard.federated.tables import LoadTable

CONTENT = {
    "name": "orders",
    "target": "sales.orders",
    "key": ["id"],
    "watermark": "changed",
    "watermark_set_by": "database",
    "mode": "merge",
    "columns": {
        "id": "bigint",
        "note": "varchar(10)",
        "code": "char(2)",
        "price": "decimal(7,2)",
        "changed": "timestamp",
    },
    "renamed": {"changed": "updated_at"},
    "excluded": [],
    "new_columns": "warn",
    "zero_rows": "allow",
    "dist_key": None,
    "sort_key": [],
    "deletes": {"mode": "none", "every": 1, "max_fraction": 0.05, "flag": None},
}


@pytest.fixture
def table():
    """Make the table with fields changed."""

    def make(**changes):
        return LoadTable.of(CONTENT | changes)

    return make
