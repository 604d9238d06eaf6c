"""Create the tables of federated loads: windows, reconciliations, publications."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from switchyard.ledger.migrations.columns import (
    json_column,
    number,
    of_run,
    recorded_at,
    run_key,
    seconds,
    state,
    text,
    time,
)
from switchyard.ledger.schema import SCHEMA

revision = "0004"
down_revision = "0003"

TABLES = ("load_publication", "load_reconciliation", "load_window")


def upgrade() -> None:
    """Create the three tables."""
    _create_load_window()
    _create_load_reconciliation()
    _create_load_publication()


def downgrade() -> None:
    """Drop the three tables with all that was recorded."""
    for table in TABLES:
        op.drop_table(table, schema=SCHEMA)


def _create_load_window() -> None:
    op.create_table(
        "load_window",
        *run_key(),
        text("table_name", "Table at the source", nullable=False, key=True),
        text("pipeline", "Pipeline and instance, such as federated_load/retail", nullable=False),
        text("stamp", "Stamp of the run, also in the names of its stages"),
        text("mode", "append, merge or swap"),
        text("target", "Table of the warehouse that it was applied to"),
        time("lo", "First moment of the window; watermarks from here on count"),
        time("hi", "End of the window; watermarks before it count"),
        seconds("lookback_seconds", "How long before the window rows were read again"),
        *state("state", "staged", "staged,applied,superseded", "How far it has come"),
        number("staged_rows", "Rows that were read from the source"),
        number("replaced_rows", "Rows of the target that gave way to newer ones"),
        number("inserted_rows", "Rows that came into the target"),
        number("keys_read", "Keys that a pass for deletes read from the source"),
        number("deleted_rows", "Rows that it found gone at the source, and deleted or marked"),
        time("staged_at", "When the reading of the window began"),
        time("applied_at", "When the target held it"),
        time("deletes_at", "When a pass for deletes had ended"),
        time("reconciled_at", "When source and target were compared and no difference was left unexplained"),
        time("published_at", "When readers of the lake saw the target as it was after it"),
        time("boundary", "Moment from which on the view over three sources reads the live database"),
        json_column("evidence", "Statements, queries, what was seen"),
        recorded_at(),
        of_run(),
        sa.Index("load_window_by_time", "pipeline", "table_name", "hi"),
        schema=SCHEMA,
        comment="One row per table and run of a federated load: the window that was read, and what came of it",
    )


def _create_load_reconciliation() -> None:
    op.create_table(
        "load_reconciliation",
        *run_key(),
        text("table_name", "Table at the source", nullable=False, key=True),
        text("bucket", "Part of the table that was compared", nullable=False, key=True),
        *state("verdict", "equal", "equal,explained,different", "Whether source and target agree in it"),
        number("source_rows", "Rows of the bucket at the source"),
        number("target_rows", "Rows of the bucket in the target"),
        number("missing", "Rows of the source that the target lacks"),
        number("stale", "Rows that are older in the target, or differ"),
        number("ghosts", "Rows of the target that the source lacks"),
        text("detail", "First keys that differ, and what explains others"),
        time("compared_at", "When both sides were read"),
        recorded_at(),
        of_run(),
        schema=SCHEMA,
        comment="One row per bucket of a table that a run compared between source and target",
    )


def _create_load_publication() -> None:
    op.create_table(
        "load_publication",
        *run_key(),
        text("table_name", "Table at the source", nullable=False, key=True),
        text("pipeline", "Pipeline and instance", nullable=False),
        text("external_table", "Database and table of the catalog that readers use"),
        text("location", "Folder in S3 that the run wrote"),
        number("rows", "Rows that the manifest and the warehouse both count"),
        number("files", "Files that the manifest names"),
        number("bytes", "Their size"),
        text("manifest_sha256", "Hash of the manifest"),
        time("unloaded_at", "When manifest and warehouse agreed"),
        time("published_at", "When the external table read the folder"),
        time("removed_at", "When the folder was removed, newer ones having taken its place"),
        recorded_at(),
        of_run(),
        sa.Index("load_publication_by_time", "pipeline", "table_name", "published_at"),
        schema=SCHEMA,
        comment="One row per table and run that was unloaded to the lake",
    )
