"""The stamp of a run: names and tags all that one run makes, so that a repeated step finds its own work."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

from switchyard.errors import BadInput

STAMP = re.compile(r"[0-9]{10}-[0-9a-f]{6}")
STAMP_LENGTH = 17


def run_stamp(dag_id: str, run_id: str, run_after: datetime) -> str:
    """Derive the stamp that names a run's resources: its minute in UTC, then six hex digits of its identity.

    Args:
        dag_id: The DAG of the run.
        run_id: Airflow's run id, stable through retries, clears and restarts.
        run_after: When the run may start; any time zone.

    Raises:
        BadInput: `run_after` has no time zone.
    """
    if run_after.tzinfo is None:
        raise BadInput("run_after", run_after.isoformat(), "it has no time zone", "Pass an aware datetime.")
    digest = hashlib.sha256(f"{dag_id}|{run_id}".encode()).hexdigest()[:6]
    return f"{run_after.astimezone(UTC):%y%m%d%H%M}-{digest}"


def is_stamp(text: str) -> bool:
    """Say whether a text has the form that `run_stamp` gives."""
    return STAMP.fullmatch(text) is not None
