"""Create the tables of runs, steps, recovery points, recovery tests and checks."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

SCHEMA = "switchyard"
TABLES = ("check_result", "recovery_test", "recovery_point", "step", "run")


def _text(name: str, comment: str, *, nullable: bool = True, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable, primary_key=key, comment=comment)


def _time(name: str, comment: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), comment=comment)


def _seconds(name: str, comment: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Numeric(14, 3), comment=comment)


def _json(name: str, comment: str) -> sa.Column[Any]:
    return sa.Column(name, JSONB, nullable=False, server_default=sa.text("'{}'"), comment=comment)


def _state(name: str, default: str, values: str, comment: str) -> tuple[sa.Column[str], sa.CheckConstraint]:
    allowed = ", ".join(f"'{value.strip()}'" for value in values.split(","))
    column = sa.Column(name, sa.Text, nullable=False, server_default=default, comment=comment)
    return column, sa.CheckConstraint(f"{name} IN ({allowed})", name=f"{name}_is_known")


def _recorded_at() -> sa.Column[Any]:
    return sa.Column(
        "recorded_at",
        sa.DateTime(timezone=True),
        nullable=False,
        server_default=sa.func.now(),
        comment="When this row was last written",
    )


def _run_key() -> tuple[sa.Column[str], sa.Column[str]]:
    return (
        _text("dag_id", "Airflow DAG id", nullable=False, key=True),
        _text("run_id", "Airflow run id", nullable=False, key=True),
    )


def _of_run() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["dag_id", "run_id"], [f"{SCHEMA}.run.dag_id", f"{SCHEMA}.run.run_id"], ondelete="CASCADE"
    )


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
        *_run_key(),
        _text("pipeline", "Pipeline and instance, such as aurora_recovery/orders"),
        _text("stamp", "Short stamp that names and tags all that the run makes in AWS"),
        _text("mode", "What was asked for, such as swap, test or dry run"),
        *_state("state", "running", "running,success,failed,skipped", "State of the run"),
        _time("started_at", "When the run began"),
        _time("finished_at", "When the run ended; null while it runs"),
        _text("summary", "One paragraph for people"),
        _json("evidence", "What the run showed, in detail"),
        _recorded_at(),
        sa.Index("run_by_start", "started_at"),
        schema=SCHEMA,
        comment="One row per DAG run of a pipeline",
    )


def _create_step() -> None:
    op.create_table(
        "step",
        *_run_key(),
        _text("task_id", "Airflow task id", nullable=False, key=True),
        sa.Column("map_index", sa.Integer, primary_key=True, comment="Index of a mapped task, otherwise -1"),
        _text("title", "Numbered sentence, as the Airflow UI shows it"),
        *_state("state", "running", "running,waiting,success,failed,skipped,planned", "State of the step"),
        sa.Column("try_number", sa.Integer, comment="Number of the last try, from 1"),
        _time("started_at", "When the last try began"),
        _time("finished_at", "When the step ended; null while it runs or waits"),
        _text("summary", "What the step did or found, or why it failed and what to do"),
        _json("result", "What the step handed to later ones"),
        _recorded_at(),
        _of_run(),
        schema=SCHEMA,
        comment="One row per step of a run; a repeated step updates its row",
    )


def _create_recovery_point() -> None:
    states = "creating,copying,available,shared,published,acknowledged,failed,deleted"
    op.create_table(
        "recovery_point",
        _text("snapshot_arn", "ARN of the snapshot in the source Region", nullable=False, key=True),
        _text("pipeline", "Pipeline and instance, such as aurora_recovery/orders", nullable=False),
        _text("dag_id", "DAG whose run made it"),
        _text("run_id", "Run that made it"),
        _text("stamp", "Stamp of that run"),
        *_state("state", "creating", states, "How far it has come"),
        _text("source_cluster", "Cluster it was taken from"),
        _time("source_time", "Point in time whose data it holds: the clock of the source when it was taken"),
        _time("available_at", "When the snapshot became available in the source Region"),
        _text("copy_arn", "ARN of the copy in the recovery Region"),
        _time("copied_at", "When that copy became available"),
        _text("shared_with", "Account that may restore it"),
        _time("shared_at", "When the sharing was verified"),
        _time("published_at", "When its message was published"),
        _time("acknowledged_at", "When the target account acknowledged it"),
        _time("proved_at", "When a recovery test last proved it"),
        _time("deleted_at", "When retention deleted it"),
        _text("manifest_uri", "Where its manifest is stored"),
        _text("manifest_sha256", "SHA-256 of the manifest, also in the snapshot's tags"),
        _json("evidence", "Row counts, watermarks and settings of the source at that time"),
        _recorded_at(),
        sa.Index("recovery_point_by_age", "pipeline", "source_time"),
        schema=SCHEMA,
        comment="One row per recovery point, kept after its snapshot is deleted",
    )


def _create_recovery_test() -> None:
    outcomes = "running,proved,swapped,kept,refused,rejected,rolled back,failed"
    op.create_table(
        "recovery_test",
        *_run_key(),
        _text("pipeline", "Pipeline and instance, such as aurora_recovery/orders", nullable=False),
        _text("mode", "swap, test or keep"),
        *_state("outcome", "running", outcomes, "How it ended"),
        _text(
            "snapshot_arn", "ARN of the shared snapshot that was restored: a recovery point's, or its copy's"
        ),
        _time("source_time", "Point in time whose data was restored"),
        _text("cluster", "Cluster that held the restored data"),
        _time("started_at", "When the recovery began"),
        _time("finished_at", "When it ended"),
        _seconds("rpo_seconds", "Achieved RPO: age of the restored data when the recovery began"),
        _seconds("rpo_objective_seconds", "RPO objective in force"),
        _seconds("rto_seconds", "Achieved RTO: from the beginning until the data was proved usable"),
        _seconds("rto_objective_seconds", "RTO objective in force"),
        _text("approved_by", "Who approved, where approval was asked for"),
        _time("approved_at", "When"),
        _json("evidence", "Counts, durations by step, settings compared"),
        _recorded_at(),
        _of_run(),
        sa.Index("recovery_test_by_start", "pipeline", "started_at"),
        schema=SCHEMA,
        comment="One row per recovery, tried or for real, with its evidence",
    )


def _create_check_result() -> None:
    op.create_table(
        "check_result",
        *_run_key(),
        _text("task_id", "Step that checked", nullable=False, key=True),
        _text("name", "Name of the check, unique in its step", nullable=False, key=True),
        _text("kind", "Kind of check, such as sql, row count, watermark or setting"),
        sa.Column("passed", sa.Boolean, nullable=False, comment="Whether it passed"),
        _text("expected", "What was expected"),
        _text("found", "What was found"),
        _text("detail", "Explanation for people"),
        sa.Column(
            "checked_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
            comment="When it was made",
        ),
        _recorded_at(),
        _of_run(),
        schema=SCHEMA,
        comment="One row per check; a repeated check updates its row",
    )
