"""The kinds of columns that the ledger's tables are made of."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from switchyard.ledger.schema import SCHEMA


def text(name: str, comment: str, *, nullable: bool = True, key: bool = False) -> sa.Column[str]:
    """A column of text."""
    return sa.Column(name, sa.Text, nullable=nullable, primary_key=key, comment=comment)


def time(name: str, comment: str) -> sa.Column[Any]:
    """A column with an instant."""
    return sa.Column(name, sa.DateTime(timezone=True), comment=comment)


def seconds(name: str, comment: str) -> sa.Column[Any]:
    """A column with a duration in seconds."""
    return sa.Column(name, sa.Numeric(14, 3), comment=comment)


def json_column(name: str, comment: str) -> sa.Column[Any]:
    """A column with a JSON object, empty where nothing is written."""
    return sa.Column(name, JSONB, nullable=False, server_default=sa.text("'{}'"), comment=comment)


def state(name: str, default: str, values: str, comment: str) -> tuple[sa.Column[str], sa.CheckConstraint]:
    """A column with one of the comma-separated values, and the constraint that holds it to them."""
    allowed = ", ".join(f"'{value.strip()}'" for value in values.split(","))
    column = sa.Column(name, sa.Text, nullable=False, server_default=default, comment=comment)
    return column, sa.CheckConstraint(f"{name} IN ({allowed})", name=f"{name}_is_known")


def recorded_at() -> sa.Column[Any]:
    """The column that the writer fills by itself."""
    return sa.Column(
        "recorded_at",
        sa.DateTime(timezone=True),
        nullable=False,
        server_default=sa.func.now(),
        comment="When this row was last written",
    )


def run_key() -> tuple[sa.Column[str], sa.Column[str]]:
    """The columns that name a run."""
    return (
        text("dag_id", "Airflow DAG id", nullable=False, key=True),
        text("run_id", "Airflow run id", nullable=False, key=True),
    )


def of_run() -> sa.ForeignKeyConstraint:
    """The reference to the run."""
    return sa.ForeignKeyConstraint(
        ["dag_id", "run_id"], [f"{SCHEMA}.run.dag_id", f"{SCHEMA}.run.run_id"], ondelete="CASCADE"
    )


def number(name: str, comment: str) -> sa.Column[int]:
    """A column with a count."""
    return sa.Column(name, sa.BigInteger, comment=comment)


def texts(name: str, comment: str) -> sa.Column[Any]:
    """A column with a list of texts, empty where nothing is written."""
    return sa.Column(name, sa.ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'"), comment=comment)
