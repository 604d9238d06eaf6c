"""The ledger: what ran, which recovery points exist, and what each recovery test proved (PostgreSQL)."""

from __future__ import annotations

from switchyard.ledger.connection import from_airflow
from switchyard.ledger.rows import CheckRow, RecoveryPointRow, RecoveryTestRow, RunRow, StepRow
from switchyard.ledger.writer import Ledger, LedgerUnavailable

__all__ = [
    "CheckRow",
    "Ledger",
    "LedgerUnavailable",
    "RecoveryPointRow",
    "RecoveryTestRow",
    "RunRow",
    "StepRow",
    "from_airflow",
]
