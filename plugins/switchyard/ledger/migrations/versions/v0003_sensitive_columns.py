"""Create the tables of sensitive-data discovery: runs, coverage, the register of columns, exceptions, purges."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from switchyard.ledger.migrations.columns import (
    json_column,
    number,
    of_run,
    recorded_at,
    run_key,
    state,
    text,
    texts,
    time,
)
from switchyard.ledger.schema import SCHEMA

revision = "0003"
down_revision = "0002"

TABLES = (
    "extract_purge",
    "exposure_exception",
    "sensitive_column",
    "discovery_coverage",
    "discovery_run",
)


def upgrade() -> None:
    """Create the five tables."""
    _create_discovery_run()
    _create_discovery_coverage()
    _create_sensitive_column()
    _create_exposure_exception()
    _create_extract_purge()


def downgrade() -> None:
    """Drop the five tables with all that was recorded."""
    for table in TABLES:
        op.drop_table(table, schema=SCHEMA)


def _create_discovery_run() -> None:
    states = "loaded,searched,collected,published,registered"
    found = "found,clean,unproven,blind,nothing scanned"
    op.create_table(
        "discovery_run",
        *run_key(),
        text("pipeline", "Pipeline and instance, such as sensitive_data_discovery/customers", nullable=False),
        text("stamp", "Stamp of the run, also in its job, its tokens and its keys"),
        *state("state", "loaded", states, "How far it has come"),
        sa.Column(
            "found", sa.Text, comment="What it has shown; clean is the only proof that nothing is there"
        ),
        sa.CheckConstraint(
            f"found IN ({', '.join(repr(one) for one in found.split(','))})", name="found_is_known"
        ),
        text("source", "Engine and cluster that was searched"),
        number("tables", "Tables and views that were to be loaded"),
        number("source_rows", "Their rows before the load"),
        number("objects", "Objects of the extract"),
        number("extract_bytes", "Their size in S3"),
        text("manifest_sha256", "Hash of their keys, ETags and sizes"),
        text("job_id", "Macie's job"),
        number("findings", "Findings of the job"),
        number("results", "Discovery results of the job; null where none are kept"),
        number("register_rows", "Rows in the register's partition of the run"),
        number("new_exposures", "Exposures that it alerted on"),
        number("silenced_exposures", "Exposures that a reviewed exception kept from alerting"),
        time("loaded_at", "When the load was reconciled with the source"),
        time("searched_at", "When the job was complete"),
        time("registered_at", "When the register was compared with the one before"),
        json_column("evidence", "Statuses of objects, where the evidence is kept"),
        recorded_at(),
        of_run(),
        sa.Index("discovery_run_by_time", "pipeline", "loaded_at"),
        schema=SCHEMA,
        comment="One row per run of a sensitive-data discovery that came to load its extract",
    )


def _create_discovery_coverage() -> None:
    op.create_table(
        "discovery_coverage",
        *run_key(),
        text("schema_name", "Schema at the source", nullable=False, key=True),
        text("table_name", "Table or view", nullable=False, key=True),
        number("rows_before", "Rows at the source before the load"),
        number("rows_after", "Rows after it, where they were counted again"),
        number("rows_loaded", "Rows that DMS wrote"),
        text("proof", "equal, or drift where the rows lie between both counts"),
        number("objects", "Objects of the extract; none where the table is empty"),
        number("objects_complete", "Objects that Macie searched whole"),
        texts("reasons", "Why others were not"),
        recorded_at(),
        of_run(),
        schema=SCHEMA,
        comment="One row per table of a run: was all of it loaded, was all of it searched",
    )


def _create_sensitive_column() -> None:
    op.create_table(
        "sensitive_column",
        text("pipeline", "Pipeline and instance", nullable=False, key=True),
        text("schema_name", "Schema at the source", nullable=False, key=True),
        text("table_name", "Table or view", nullable=False, key=True),
        text("column_name", "Column; empty where Macie told no place", nullable=False, key=True),
        text("detector", "Managed identifier, or custom:NAME", nullable=False, key=True),
        text("category", "Category as Macie names it"),
        number("severity", "1 low, 2 medium, 3 high"),
        number("occurrences", "How often the table held it in the last run that found it"),
        sa.Column("truncated", sa.Boolean, comment="Whether further columns of the table may hold it"),
        time("first_seen_at", "When it was found first"),
        text("first_stamp", "Run that found it first"),
        time("last_seen_at", "When it was found last"),
        text("last_stamp", "Run that found it last"),
        time("gone_at", "When a run that searched everything did not find it; null while it is there"),
        time("alerted_at", "When an alert about it went out; null while an exception silences it"),
        recorded_at(),
        schema=SCHEMA,
        comment="The register of sensitive columns: one row per pipeline, column and kind of data",
    )


def _create_exposure_exception() -> None:
    op.create_table(
        "exposure_exception",
        *run_key(),
        sa.Column("number", sa.Integer, primary_key=True, comment="Position in the configuration, from 1"),
        text("schema_name", "Schema that it is for"),
        text("table_name", "Table that it is for"),
        text("column_name", "Column that it is for; * means any"),
        text("detector", "Kind of data that it is for; * means any"),
        text("owner", "Who answers for it"),
        text("reason", "Why it may be there"),
        text("expires", "Last day on which it holds"),
        *state("state", "unused", "in force,unused,expired", "Whether it silenced something in this run"),
        number("exposures", "How many exposures it silenced"),
        recorded_at(),
        of_run(),
        schema=SCHEMA,
        comment="The reviewed exceptions as each run met them",
    )


def _create_extract_purge() -> None:
    op.create_table(
        "extract_purge",
        *run_key(),
        text("task_id", "Step that emptied the extract", nullable=False, key=True),
        text("bucket", "Bucket of the extract"),
        text("folder", "Folder that was emptied"),
        number("deleted", "Objects and versions that were deleted"),
        number("uploads", "Unfinished uploads that were ended"),
        time("proved_at", "When a listing showed that nothing was left"),
        json_column("evidence", "What was counted"),
        recorded_at(),
        of_run(),
        schema=SCHEMA,
        comment="The proofs that an extract was empty, before its load and after its search",
    )
