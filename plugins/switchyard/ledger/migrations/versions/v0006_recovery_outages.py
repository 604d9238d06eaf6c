"""Create the table of outages that the watch over recoveries told of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from switchyard.ledger.migrations.columns import recorded_at, text, time
from switchyard.ledger.schema import SCHEMA

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "recovery_outage",
        text("pipeline", "Pipeline and instance, such as aurora_recovery/orders", nullable=False, key=True),
        text("cause", "What was amiss: recovery point, proved restore or look", nullable=False, key=True),
        sa.Column(
            "began_at",
            sa.DateTime(timezone=True),
            primary_key=True,
            comment="When it began, as far as that is known",
        ),
        text("found", "What was found when people were told"),
        text("problem", "Why that is too little"),
        text("remedy", "What a person does about it"),
        time("alerted_at", "When people were told of it"),
        time("ended_at", "When a look found it over; null while it lasts"),
        time("end_alerted_at", "When people were told of that"),
        recorded_at(),
        sa.Index(
            "recovery_outage_open",
            "pipeline",
            "cause",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
        ),
        schema=SCHEMA,
        comment="One row per time in which a recovery would not have met its objectives",
    )


def downgrade() -> None:
    """Drop the table with all that was recorded."""
    op.drop_table("recovery_outage", schema=SCHEMA)
