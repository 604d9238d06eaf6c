"""The rows of the ledger that federated loads write: a column left out keeps its recorded value, None writes NULL.

Times are aware datetimes, durations are seconds, and evidence is anything JSON can hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Required, TypedDict

WindowState = Literal["staged", "applied", "superseded"]
BucketVerdict = Literal["equal", "explained", "different"]


class LoadWindowRow(TypedDict, total=False):
    """The window of one table that a run of a federated load read, and what came of it."""

    dag_id: Required[str]
    run_id: Required[str]
    table_name: Required[str]
    pipeline: Required[str]
    stamp: str
    mode: str
    target: str
    lo: datetime
    hi: datetime
    lookback_seconds: float
    state: WindowState
    staged_rows: int
    replaced_rows: int
    inserted_rows: int
    keys_read: int
    deleted_rows: int
    staged_at: datetime | None
    applied_at: datetime | None
    deletes_at: datetime | None
    reconciled_at: datetime | None
    published_at: datetime | None
    boundary: datetime | None
    evidence: Mapping[str, Any]


class LoadReconciliationRow(TypedDict, total=False):
    """One bucket of a table, compared between source and target."""

    dag_id: Required[str]
    run_id: Required[str]
    table_name: Required[str]
    bucket: Required[str]
    verdict: Required[BucketVerdict]
    source_rows: int
    target_rows: int
    missing: int
    stale: int
    ghosts: int
    detail: str | None
    compared_at: datetime


class LoadPublicationRow(TypedDict, total=False):
    """What one run unloaded of a table to the lake, and since when readers see it."""

    dag_id: Required[str]
    run_id: Required[str]
    table_name: Required[str]
    pipeline: Required[str]
    external_table: str
    location: str
    rows: int
    files: int
    bytes: int
    manifest_sha256: str
    unloaded_at: datetime | None
    published_at: datetime | None
    removed_at: datetime | None
