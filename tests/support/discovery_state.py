"""All that runs of a discovery leave behind, free of what must differ between two worlds."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pyarrow.parquet as pq

from sandbox.seed.worlds import customers
from tests.support.discovery import Discovery

_DIFFERS = re.compile(
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"  # Macie's names of files and identifiers, keys
    r"|\b[0-9a-f]{32}\b"  # jobs and findings
    r"|(?<=-[0-9a-f]{6}-)[0-9a-f]{8}\b"  # ends of jobs' names, which follow from the moment of the load
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:\+00:00|Z)?"
)
_LEDGER = {
    "run": "dag_id, run_id, pipeline, stamp, state",
    "step": "dag_id, run_id, task_id, map_index, state",
    "discovery_run": "run_id, pipeline, stamp, state, found, source, tables, source_rows, objects, extract_bytes, "
    "findings, results, register_rows, new_exposures, silenced_exposures, evidence",
    "discovery_coverage": "run_id, schema_name, table_name, rows_before, rows_after, rows_loaded, proof, objects, "
    "objects_complete, reasons",
    "sensitive_column": "pipeline, schema_name, table_name, column_name, detector, category, severity, occurrences, "
    "truncated, first_stamp, last_stamp, gone_at IS NULL AS there, alerted_at IS NOT NULL AS alerted",
    "exposure_exception": "run_id, number, schema_name, table_name, column_name, detector, owner, state, exposures",
    "extract_purge": "run_id, task_id, bucket, folder, deleted, uploads",
}
_OF_A_RECORD = ("record_id", "job_id", "object_etag", "created_at")
"""Columns of the register that are named after one search."""


def end_state(discovery: Discovery) -> dict[str, Any]:
    """Ledger, register in the lake, findings, jobs, identifiers, DMS task, and the extract."""
    macie, s3 = discovery.client("macie2"), discovery.client("s3")
    [task] = discovery.client("dms").describe_replication_tasks()["ReplicationTasks"]
    uploads = s3.list_multipart_uploads(Bucket=customers.EXTRACT)
    state = {
        "ledger": {
            table: discovery.ledger(f"SELECT {names} FROM switchyard.{table} ORDER BY 1, 2, 3, 4")
            for table, names in _LEDGER.items()
        },
        "register": register(discovery),
        "findings": {key: _lines(discovery, key) for key in sorted(discovery.keys(customers.FINDINGS))},
        "jobs": [[job["name"], job["jobStatus"]] for job in macie.list_classification_jobs()["items"]],
        "identifiers": sorted(one["name"] for one in macie.list_custom_data_identifiers()["items"]),
        "task": [task["Status"], task["StopReason"], json.loads(task["TableMappings"])],
        "extract": [discovery.extract(), uploads.get("Uploads", [])],
    }
    return json.loads(_DIFFERS.sub("DIFFERS", json.dumps(state, sort_keys=True, default=str)))


def register(discovery: Discovery) -> list[str]:
    """The rows of the register as its files have them, each as a line."""
    s3 = discovery.client("s3")
    rows = []
    for key in discovery.keys(customers.REGISTER):
        content = s3.get_object(Bucket=customers.REGISTER, Key=key)["Body"].read()
        rows += [
            {"key": key.rpartition("/")[0]} | row for row in pq.read_table(io.BytesIO(content)).to_pylist()
        ]
    kept = [{name: value for name, value in row.items() if name not in _OF_A_RECORD} for row in rows]
    return sorted(json.dumps(row, sort_keys=True, default=str) for row in kept)


def _lines(discovery: Discovery, key: str) -> list[str]:
    """Lines of a file in an order of their own: Macie answers in that of its random ids."""
    text = discovery.client("s3").get_object(Bucket=customers.FINDINGS, Key=key)["Body"].read().decode()
    return sorted(_DIFFERS.sub("DIFFERS", text).splitlines())
