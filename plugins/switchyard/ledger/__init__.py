"""The ledger: what ran, what recoveries proved, which synonyms are live (PostgreSQL)."""

from __future__ import annotations

from switchyard.ledger.connection import from_airflow
from switchyard.ledger.rows import (
    CheckRow,
    RecoveryPointRow,
    RecoveryTestRow,
    RunRow,
    StepRow,
    SynonymChangeRow,
    SynonymProbeRow,
    SynonymReleaseRow,
)
from switchyard.ledger.writer import Ledger, LedgerUnavailable

__all__ = [
    "CheckRow",
    "Ledger",
    "LedgerUnavailable",
    "RecoveryPointRow",
    "RecoveryTestRow",
    "RunRow",
    "StepRow",
    "SynonymChangeRow",
    "SynonymProbeRow",
    "SynonymReleaseRow",
    "from_airflow",
]
