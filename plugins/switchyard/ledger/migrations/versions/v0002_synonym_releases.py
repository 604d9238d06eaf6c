"""Create the tables of synonym releases, their changes and their probes."""

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

revision = "0002"
down_revision = "0001"

TABLES = ("synonym_probe", "synonym_change", "synonym_release")


def upgrade() -> None:
    """Create the three tables."""
    _create_synonym_release()
    _create_synonym_change()
    _create_synonym_probe()


def downgrade() -> None:
    """Drop the three tables with all that was recorded."""
    for table in TABLES:
        op.drop_table(table, schema=SCHEMA)


def _create_synonym_release() -> None:
    states = "planned,refused,built,unchanged,rejected,published,live,rolled back,failed"
    op.create_table(
        "synonym_release",
        *run_key(),
        text("pipeline", "Pipeline and instance, such as synonym_refresh/products", nullable=False),
        text("stamp", "Stamp of the run, also in the package's history"),
        *state("state", "built", states, "How far it has come; unchanged: the live release already was it"),
        text("package_name", "Package that brings it to the domains"),
        text("package_id", "Id of that package"),
        text("version", "Version that the package gave this release"),
        text("live_version", "Version on the domains at the end of the run"),
        text("sha256", "SHA-256 of the file, also in its key and in the package's history"),
        text("object_uri", "Where the file is kept"),
        number("size_bytes", "Size of the file"),
        number("source_rows", "Rows that were read"),
        number("rules", "Rules in the file"),
        text("previous_version", "Version on the domains before"),
        text("previous_sha256", "SHA-256 of the release that was live before; null when it was not ours"),
        number("rules_added", "Rules that the release before did not have"),
        number("rules_removed", "Rules of the release before that are gone"),
        number("rules_changed", "Rules whose terms changed"),
        number("rules_unchanged", "Rules that stayed"),
        number("warnings", "Warnings of the validation"),
        number("errors", "Errors of the validation; any of them refuses the release"),
        text("approved_by", "Who approved it, where approval was asked for"),
        time("approved_at", "When"),
        time("built_at", "When its file was built and validated"),
        time("published_at", "When its file was published"),
        time("live_at", "When the last domain had it and all probes had passed"),
        time("finished_at", "When the run was done with it"),
        text("reason", "Why it was refused, rejected or rolled back"),
        json_column("report", "The validation's findings"),
        json_column("evidence", "Domains, versions, what was refreshed"),
        recorded_at(),
        of_run(),
        sa.Index("synonym_release_by_time", "pipeline", "built_at"),
        schema=SCHEMA,
        comment="One row per run of a synonym refresh that came to build its file",
    )


def _create_synonym_change() -> None:
    op.create_table(
        "synonym_change",
        *run_key(),
        sa.Column("number", sa.Integer, primary_key=True, comment="Position in the list of changes, from 1"),
        *state("kind", "changed", "added,removed,changed", "What happened to the rule"),
        text("before", "The rule in the release before"),
        text("after", "The rule in this release"),
        recorded_at(),
        of_run(),
        schema=SCHEMA,
        comment="The first changes of a release against the one before; the release row counts them all",
    )


def _create_synonym_probe() -> None:
    op.create_table(
        "synonym_probe",
        *run_key(),
        text("task_id", "Step that searched", nullable=False, key=True),
        text("domain", "Domain that was searched", nullable=False, key=True),
        sa.Column(
            "number", sa.Integer, primary_key=True, comment="Position among the domain's probes, from 1"
        ),
        text("index_name", "Index or alias that was searched"),
        text("field", "Field that was searched"),
        text("query", "What was searched"),
        texts("finds", "Texts that had to be among the hits"),
        texts("not_finds", "Texts that had not to be"),
        number("hits", "How many documents were found"),
        texts("missing", "Texts that had to be among the hits and were not"),
        texts("unwanted", "Texts that had not to be and were"),
        sa.Column("passed", sa.Boolean, nullable=False, comment="Whether nothing was missing or unwanted"),
        time("probed_at", "When it was searched last"),
        recorded_at(),
        of_run(),
        schema=SCHEMA,
        comment="One row per probe of a release on a domain",
    )
