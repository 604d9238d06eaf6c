"""Create the tables of runs, steps, recovery points, recovery tests and checks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from switchyard.ledger.migrations.columns import (
    json_column,
    of_run,
    recorded_at,
    run_key,
    seconds,
    state,
    text,
    time,
)
from switchyard.ledger.schema import SCHEMA

revision = "0001"
down_revision = None

TABLES = ("check_result", "recovery_test", "recovery_point", "step", "run")


def upgrade() -> None:
    """Create the five tables."""
    _create_run()
    _create_step()
    _create_recovery_point()
    _create_recovery_test()
    _create_check_result()


def downgrade() -> None:
    """Drop the five tables with all that was recorded."""
    for table in TABLES:
        op.drop_table(table, schema=SCHEMA)


def _create_run() -> None:
    op.create_table(
        "run",
        *run_key(),
        text("pipeline", "Pipeline and instance, such as aurora_recovery/orders"),
        text("stamp", "Short stamp that names and tags all that the run makes in AWS"),
        text("mode", "What was asked for, such as swap, test or dry run"),
        *state("state", "running", "running,success,failed,skipped", "State of the run"),
        time("started_at", "When the run began"),
        time("finished_at", "When the run ended; null while it runs"),
        text("summary", "One paragraph for people"),
        json_column("evidence", "What the run showed, in detail"),
        recorded_at(),
        sa.Index("run_by_start", "started_at"),
        schema=SCHEMA,
        comment="One row per DAG run of a pipeline",
    )


def _create_step() -> None:
    op.create_table(
        "step",
        *run_key(),
        text("task_id", "Airflow task id", nullable=False, key=True),
        sa.Column("map_index", sa.Integer, primary_key=True, comment="Index of a mapped task, otherwise -1"),
        text("title", "Numbered sentence, as the Airflow UI shows it"),
        *state("state", "running", "running,waiting,success,failed,skipped,planned", "State of the step"),
        sa.Column("try_number", sa.Integer, comment="Number of the last try, from 1"),
        time("started_at", "When the last try began"),
        time("finished_at", "When the step ended; null while it runs or waits"),
        text("summary", "What the step did or found, or why it failed and what to do"),
        json_column("result", "What the step handed to later ones"),
        recorded_at(),
        of_run(),
        schema=SCHEMA,
        comment="One row per step of a run; a repeated step updates its row",
    )


def _create_recovery_point() -> None:
    states = "creating,copying,available,shared,published,acknowledged,failed,deleted"
    op.create_table(
        "recovery_point",
        text("snapshot_arn", "ARN of the snapshot in the source Region", nullable=False, key=True),
        text("pipeline", "Pipeline and instance, such as aurora_recovery/orders", nullable=False),
        text("dag_id", "DAG whose run made it"),
        text("run_id", "Run that made it"),
        text("stamp", "Stamp of that run"),
        *state("state", "creating", states, "How far it has come"),
        text("source_cluster", "Cluster it was taken from"),
        time("source_time", "Point in time whose data it holds: the clock of the source when it was taken"),
        time("available_at", "When the snapshot became available in the source Region"),
        text("copy_arn", "ARN of the copy in the recovery Region"),
        time("copied_at", "When that copy became available"),
        text("shared_with", "Account that may restore it"),
        time("shared_at", "When the sharing was verified"),
        time("published_at", "When its message was published"),
        time("acknowledged_at", "When the target account acknowledged it"),
        time("proved_at", "When a recovery test last proved it"),
        time("deleted_at", "When retention deleted it"),
        text("manifest_uri", "Where its manifest is stored"),
        text("manifest_sha256", "SHA-256 of the manifest, also in the snapshot's tags"),
        json_column("evidence", "Row counts, watermarks and settings of the source at that time"),
        recorded_at(),
        sa.Index("recovery_point_by_age", "pipeline", "source_time"),
        schema=SCHEMA,
        comment="One row per recovery point, kept after its snapshot is deleted",
    )


def _create_recovery_test() -> None:
    outcomes = "running,proved,swapped,kept,refused,rejected,rolled back,failed"
    op.create_table(
        "recovery_test",
        *run_key(),
        text("pipeline", "Pipeline and instance, such as aurora_recovery/orders", nullable=False),
        text("mode", "swap, test or keep"),
        *state("outcome", "running", outcomes, "How it ended"),
        text(
            "snapshot_arn", "ARN of the shared snapshot that was restored: a recovery point's, or its copy's"
        ),
        time("source_time", "Point in time whose data was restored"),
        text("cluster", "Cluster that held the restored data"),
        time("started_at", "When the recovery began"),
        time("finished_at", "When it ended"),
        seconds("rpo_seconds", "Achieved RPO: age of the restored data when the recovery began"),
        seconds("rpo_objective_seconds", "RPO objective in force"),
        seconds("rto_seconds", "Achieved RTO: from the beginning until the data was proved usable"),
        seconds("rto_objective_seconds", "RTO objective in force"),
        text("approved_by", "Who approved, where approval was asked for"),
        time("approved_at", "When"),
        json_column("evidence", "Counts, durations by step, settings compared"),
        recorded_at(),
        of_run(),
        sa.Index("recovery_test_by_start", "pipeline", "started_at"),
        schema=SCHEMA,
        comment="One row per recovery, tried or for real, with its evidence",
    )


def _create_check_result() -> None:
    op.create_table(
        "check_result",
        *run_key(),
        text("task_id", "Step that checked", nullable=False, key=True),
        text("name", "Name of the check, unique in its step", nullable=False, key=True),
        text("kind", "Kind of check, such as sql, row count, watermark or setting"),
        sa.Column("passed", sa.Boolean, nullable=False, comment="Whether it passed"),
        text("expected", "What was expected"),
        text("found", "What was found"),
        text("detail", "Explanation for people"),
        sa.Column(
            "checked_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
            comment="When it was made",
        ),
        recorded_at(),
        of_run(),
        schema=SCHEMA,
        comment="One row per check; a repeated check updates its row",
    )
