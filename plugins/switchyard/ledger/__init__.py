"""The ledger: what ran, what recoveries proved, live synonyms, sensitive data, loads (PostgreSQL)."""

from __future__ import annotations

from switchyard.ledger.connection import from_airflow
from switchyard.ledger.load_rows import LoadPublicationRow, LoadReconciliationRow, LoadWindowRow
from switchyard.ledger.recovery_rows import RecoveryApprovalRow, RecoveryTestRow
from switchyard.ledger.rows import (
    CheckRow,
    DiscoveryCoverageRow,
    DiscoveryRunRow,
    ExposureExceptionRow,
    ExtractPurgeRow,
    RecoveryPointRow,
    RunRow,
    SensitiveColumnRow,
    StepRow,
    SynonymChangeRow,
    SynonymProbeRow,
    SynonymReleaseRow,
)
from switchyard.ledger.writer import Ledger, LedgerUnavailable

__all__ = [
    "CheckRow",
    "DiscoveryCoverageRow",
    "DiscoveryRunRow",
    "ExposureExceptionRow",
    "ExtractPurgeRow",
    "Ledger",
    "LedgerUnavailable",
    "LoadPublicationRow",
    "LoadReconciliationRow",
    "LoadWindowRow",
    "RecoveryApprovalRow",
    "RecoveryPointRow",
    "RecoveryTestRow",
    "RunRow",
    "SensitiveColumnRow",
    "StepRow",
    "SynonymChangeRow",
    "SynonymProbeRow",
    "SynonymReleaseRow",
    "from_airflow",
]
