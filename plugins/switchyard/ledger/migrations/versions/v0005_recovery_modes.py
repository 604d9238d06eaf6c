"""Say of a recovery test what it was asked for and why it ended as it did; create the table of approvals."""

from __future__ import annotations

from alembic import op

from switchyard.ledger.migrations.columns import of_run, recorded_at, run_key, state, text, time
from switchyard.ledger.schema import SCHEMA

revision = "0005"
down_revision = "0004"

TEST, APPROVAL = "recovery_test", "recovery_approval"


def upgrade() -> None:
    """Add the columns and create the table."""
    for column in (
        text("stamp", "Stamp of the run, also in the names and tags of all that it made"),
        time("as_of", "Instant that the restored data was not to be younger than; null for the newest"),
        text("instance_class", "Class of the restored instances where it was not the source's"),
        text("failed_step", "Step that failed first; null where none did"),
        text("reason", "Why it ended as it did, for people: the failed check, the rejection, what was kept"),
        time("torn_down_at", "When AWS showed nothing more of the candidate; null while it exists"),
    ):
        op.add_column(TEST, column, schema=SCHEMA)
    op.create_table(
        APPROVAL,
        *run_key(),
        text("gate", "What was asked about: swap or retire", nullable=False, key=True),
        *state("decision", "waiting", "waiting,approved,rejected", "What was answered"),
        text("decided_by", "Airflow user who answered; null where nobody did in time"),
        time("asked_at", "When the question was put first"),
        time("deadline_at", "When the configured default took the place of an answer"),
        time("decided_at", "When it was answered, or when time ran out"),
        text("subject", "The question"),
        text("body", "The evidence that was shown with it, in Markdown"),
        text("comment", "What the approver wrote with the answer"),
        recorded_at(),
        of_run(),
        schema=SCHEMA,
        comment="One row per question that a recovery put to people, with its answer",
    )


def downgrade() -> None:
    """Drop the table and the columns with all that was recorded."""
    op.drop_table(APPROVAL, schema=SCHEMA)
    for column in ("torn_down_at", "reason", "failed_step", "instance_class", "as_of", "stamp"):
        op.drop_column(TEST, column, schema=SCHEMA)
