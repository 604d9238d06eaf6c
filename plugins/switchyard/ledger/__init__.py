"""The ledger: what ran, what recoveries proved, which synonyms are live, where sensitive data is (PostgreSQL)."""

from __future__ import annotations

from switchyard.ledger.connection import from_airflow
from switchyard.ledger.rows import (
    CheckRow,
    DiscoveryCoverageRow,
    DiscoveryRunRow,
    ExposureExceptionRow,
    ExtractPurgeRow,
    RecoveryPointRow,
    RecoveryTestRow,
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
