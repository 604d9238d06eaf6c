"""The rows of the ledger that recoveries write: a column left out keeps its recorded value, None writes NULL.

Times are aware datetimes, durations are seconds, and evidence is anything JSON can hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, Required, TypedDict

TestOutcome = Literal["running", "proved", "swapped", "kept", "refused", "rejected", "rolled back", "failed"]
Mode = Literal["swap", "test", "keep"]
Gate = Literal["swap", "retire"]
Decision = Literal["waiting", "approved", "rejected"]


class RecoveryTestRow(TypedDict, total=False):
    """One run of a recovery, in whichever mode, with the evidence it left."""

    dag_id: Required[str]
    run_id: Required[str]
    pipeline: Required[str]
    stamp: str
    mode: str
    outcome: TestOutcome
    as_of: datetime | None
    snapshot_arn: str
    source_time: datetime
    cluster: str
    instance_class: str | None
    started_at: datetime
    finished_at: datetime | None
    rpo_seconds: float | None
    rpo_objective_seconds: float | None
    rto_seconds: float | None
    rto_objective_seconds: float | None
    approved_by: str | None
    approved_at: datetime | None
    failed_step: str | None
    reason: str | None
    torn_down_at: datetime | None
    evidence: Mapping[str, Any]


class RecoveryApprovalRow(TypedDict, total=False):
    """One question that a recovery put to people."""

    dag_id: Required[str]
    run_id: Required[str]
    gate: Required[Gate]
    decision: Decision
    decided_by: str | None
    asked_at: datetime
    deadline_at: datetime
    decided_at: datetime | None
    subject: str
    body: str
    comment: str | None


class RecoveryOutageRow(TypedDict, total=False):
    """A time in which a recovery would not have met its objectives, and when people were told of it."""

    pipeline: Required[str]
    cause: Required[str]
    began_at: Required[datetime]
    found: str
    problem: str
    remedy: str
    alerted_at: datetime
    ended_at: datetime | None
    end_alerted_at: datetime | None
