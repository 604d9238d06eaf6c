"""All that runs of a federated load leave behind, free of what must differ between two worlds."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pyarrow.parquet as pq

from sandbox.seed.worlds import federation, warehouse
from tests.support.federated import Federated

_DIFFERS = re.compile(
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b(?::\d+)?"  # statements
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:\+00:00|Z)?"
    r"|\b[0-9a-f]{64}\b"
)
_LEDGER = {
    "run": "dag_id, run_id, pipeline, stamp, state",
    "step": "dag_id, run_id, task_id, map_index, state",
    "load_window": "run_id, table_name, pipeline, stamp, mode, target, lo::text, hi::text, lookback_seconds, state, "
    "staged_rows, deleted_rows, staged_at IS NOT NULL AS staged, applied_at IS NOT NULL AS applied, "
    "reconciled_at IS NOT NULL AS reconciled, published_at IS NOT NULL AS published",
    "load_reconciliation": "run_id, table_name, bucket, verdict, source_rows, target_rows, missing, stale, ghosts",
    "load_publication": "run_id, table_name, external_table, location, rows, published_at IS NOT NULL AS published",
}


def end_state(world: Federated) -> dict[str, Any]:
    """Targets, stages, schemas, ledger, what is running, the lake's files and tables."""
    tables = world.ask(
        "SELECT table_schema AS folder, table_name AS name FROM information_schema.tables "
        f"WHERE table_schema IN ('{warehouse.STAGING}', '{warehouse.TARGET}') ORDER BY 1, 2"
    )
    state = {
        "tables": [f"{one['folder']}.{one['name']}" for one in tables],
        "targets": {
            one["name"]: _rows(world, f"{warehouse.TARGET}.{one['name']}")
            for one in tables
            if one["folder"] == warehouse.TARGET
        },
        "ledger": {
            table: world.ledger(f"SELECT {names} FROM switchyard.{table} ORDER BY 1, 2, 3, 4")
            for table, names in _LEDGER.items()
        },
        "running": _running(world),
        "published": _published(world),
        "catalogue": _catalogue(world),
    }
    return json.loads(_DIFFERS.sub("DIFFERS", json.dumps(state, sort_keys=True, default=str)))


def _rows(world: Federated, table: str) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True, default=str) for row in world.ask(f"SELECT * FROM {table}"))


def _running(world: Federated) -> list[str]:
    """Statements that have not ended."""
    pages = world.client("redshift-data").get_paginator("list_statements").paginate(Status="ALL")
    found = [one["Status"] for page in pages for one in page["Statements"]]
    return [status for status in found if status in ("SUBMITTED", "PICKED", "STARTED")]


def _published(world: Federated) -> dict[str, int]:
    """Rows of the Parquet that is in the lake, by its folder."""
    s3 = world.client("s3")
    rows: dict[str, int] = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=federation.LAKE):
        for one in page.get("Contents", []):
            folder = one["Key"].rpartition("/")[0]
            rows.setdefault(folder, 0)
            if one["Key"].endswith(".parquet"):
                content = s3.get_object(Bucket=federation.LAKE, Key=one["Key"])["Body"].read()
                rows[folder] += pq.ParquetFile(io.BytesIO(content)).metadata.num_rows
    return rows


def _catalogue(world: Federated) -> dict[str, Any]:
    """Where the tables of the lake read, with their partitions."""
    glue = world.client("glue")
    found = {}
    for table in glue.get_tables(DatabaseName=federation.CATALOGUE)["TableList"]:
        pages = glue.get_paginator("get_partitions").paginate(
            DatabaseName=federation.CATALOGUE, TableName=table["Name"]
        )
        found[table["Name"]] = [
            table["StorageDescriptor"]["Location"],
            sorted(
                [one["Values"], one["StorageDescriptor"]["Location"]]
                for page in pages
                for one in page["Partitions"]
            ),
        ]
    return found
