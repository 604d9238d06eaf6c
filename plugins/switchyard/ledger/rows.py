"""The rows of the ledger: a column left out keeps its recorded value, None writes NULL.

Times are aware datetimes, durations are seconds, and evidence is anything JSON can hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Required, TypedDict

RunState = Literal["running", "success", "failed", "skipped"]
StepState = Literal["running", "waiting", "success", "failed", "skipped", "planned"]
PointState = Literal[
    "creating", "copying", "available", "shared", "published", "acknowledged", "failed", "deleted"
]
ReleaseState = Literal[
    "planned", "refused", "built", "unchanged", "rejected", "published", "live", "rolled back", "failed"
]
DiscoveryState = Literal["loaded", "searched", "collected", "published", "registered"]
ExceptionState = Literal["in force", "unused", "expired"]


class RunRow(TypedDict, total=False):
    """One DAG run, by DAG id and run id."""

    dag_id: Required[str]
    run_id: Required[str]
    pipeline: str
    stamp: str
    mode: str
    state: RunState
    started_at: datetime
    finished_at: datetime | None
    summary: str
    evidence: Mapping[str, Any]


class StepRow(TypedDict, total=False):
    """One task of a run; its later tries update the same row."""

    dag_id: Required[str]
    run_id: Required[str]
    task_id: Required[str]
    map_index: Required[int]
    title: str
    state: StepState
    try_number: int
    started_at: datetime
    finished_at: datetime | None
    summary: str
    result: Mapping[str, Any]


class RecoveryPointRow(TypedDict, total=False):
    """One recovery point, by the ARN of its snapshot in the source Region."""

    snapshot_arn: Required[str]
    pipeline: Required[str]
    dag_id: str
    run_id: str
    stamp: str
    state: PointState
    source_cluster: str
    source_time: datetime
    available_at: datetime | None
    copy_arn: str
    copied_at: datetime | None
    shared_with: str
    shared_at: datetime | None
    published_at: datetime | None
    acknowledged_at: datetime | None
    proved_at: datetime | None
    deleted_at: datetime | None
    manifest_uri: str
    manifest_sha256: str
    evidence: Mapping[str, Any]


class CheckRow(TypedDict, total=False):
    """One check that a step made: what was expected, what was found."""

    dag_id: Required[str]
    run_id: Required[str]
    task_id: Required[str]
    name: Required[str]
    kind: str
    passed: Required[bool]
    expected: str | None
    found: str | None
    detail: str | None
    checked_at: datetime


class SynonymReleaseRow(TypedDict, total=False):
    """What one run of a synonym refresh built, and how far it came."""

    dag_id: Required[str]
    run_id: Required[str]
    pipeline: Required[str]
    stamp: str
    state: ReleaseState
    package_name: str
    package_id: str | None
    version: str | None
    live_version: str | None
    sha256: str
    object_uri: str
    size_bytes: int
    source_rows: int
    rules: int
    previous_version: str | None
    previous_sha256: str | None
    rules_added: int
    rules_removed: int
    rules_changed: int
    rules_unchanged: int
    warnings: int
    errors: int
    approved_by: str | None
    approved_at: datetime | None
    built_at: datetime
    published_at: datetime | None
    live_at: datetime | None
    finished_at: datetime | None
    reason: str | None
    report: Mapping[str, Any]
    evidence: Mapping[str, Any]


class SynonymChangeRow(TypedDict, total=False):
    """One changed rule of a release."""

    dag_id: Required[str]
    run_id: Required[str]
    number: Required[int]
    kind: Required[Literal["added", "removed", "changed"]]
    before: str | None
    after: str | None


class SynonymProbeRow(TypedDict, total=False):
    """One search that proved a release on a domain, or did not."""

    dag_id: Required[str]
    run_id: Required[str]
    task_id: Required[str]
    domain: Required[str]
    number: Required[int]
    index_name: str
    field: str
    query: str
    finds: list[str]
    not_finds: list[str]
    hits: int
    missing: list[str]
    unwanted: list[str]
    passed: Required[bool]
    probed_at: datetime


class DiscoveryRunRow(TypedDict, total=False):
    """What one run of a sensitive-data discovery loaded, searched and found."""

    dag_id: Required[str]
    run_id: Required[str]
    pipeline: Required[str]
    stamp: str
    state: DiscoveryState
    found: str
    source: str
    tables: int
    source_rows: int
    objects: int
    extract_bytes: int
    manifest_sha256: str
    job_id: str
    findings: int
    results: int | None
    register_rows: int
    new_exposures: int
    silenced_exposures: int
    loaded_at: datetime
    searched_at: datetime
    registered_at: datetime
    evidence: Mapping[str, Any]


class DiscoveryCoverageRow(TypedDict, total=False):
    """One table of a run."""

    dag_id: Required[str]
    run_id: Required[str]
    schema_name: Required[str]
    table_name: Required[str]
    rows_before: int
    rows_after: int | None
    rows_loaded: int | None
    proof: str
    objects: int
    objects_complete: int
    reasons: list[str]


class SensitiveColumnRow(TypedDict, total=False):
    """One kind of sensitive data in one column, over all runs of a pipeline."""

    pipeline: Required[str]
    schema_name: Required[str]
    table_name: Required[str]
    column_name: Required[str]
    detector: Required[str]
    category: str
    severity: int
    occurrences: int
    truncated: bool
    first_seen_at: datetime
    first_stamp: str
    last_seen_at: datetime
    last_stamp: str
    gone_at: datetime | None
    alerted_at: datetime | None


class ExposureExceptionRow(TypedDict, total=False):
    """One reviewed exception as a run met it."""

    dag_id: Required[str]
    run_id: Required[str]
    number: Required[int]
    schema_name: str
    table_name: str
    column_name: str
    detector: str
    owner: str
    reason: str
    expires: str
    state: ExceptionState
    exposures: int


class ExtractPurgeRow(TypedDict, total=False):
    """The proof that an extract was empty."""

    dag_id: Required[str]
    run_id: Required[str]
    task_id: Required[str]
    bucket: str
    folder: str
    deleted: int
    uploads: int
    proved_at: datetime
    evidence: Mapping[str, Any]
