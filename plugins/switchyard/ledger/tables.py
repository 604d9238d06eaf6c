"""The tables of the ledger: what keys a row of each."""

from __future__ import annotations

from dataclasses import dataclass

from switchyard.ledger.load_rows import LoadPublicationRow, LoadReconciliationRow, LoadWindowRow
from switchyard.ledger.recovery_rows import RecoveryApprovalRow, RecoveryOutageRow, RecoveryTestRow
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


@dataclass(frozen=True)
class Table:
    """A table of the schema ``switchyard``: its name, the columns that key a row, and all it may hold."""

    name: str
    key: tuple[str, ...]
    columns: frozenset[str]
    of_a_run: bool = True


RUN = Table("run", ("dag_id", "run_id"), frozenset(RunRow.__annotations__), of_a_run=False)
STEP = Table("step", ("dag_id", "run_id", "task_id", "map_index"), frozenset(StepRow.__annotations__))
RECOVERY_POINT = Table(
    "recovery_point", ("snapshot_arn",), frozenset(RecoveryPointRow.__annotations__), of_a_run=False
)
RECOVERY_TEST = Table("recovery_test", ("dag_id", "run_id"), frozenset(RecoveryTestRow.__annotations__))
RECOVERY_APPROVAL = Table(
    "recovery_approval", ("dag_id", "run_id", "gate"), frozenset(RecoveryApprovalRow.__annotations__)
)
RECOVERY_OUTAGE = Table(
    "recovery_outage",
    ("pipeline", "cause", "began_at"),
    frozenset(RecoveryOutageRow.__annotations__),
    of_a_run=False,
)
CHECK_RESULT = Table(
    "check_result", ("dag_id", "run_id", "task_id", "name"), frozenset(CheckRow.__annotations__)
)
SYNONYM_RELEASE = Table("synonym_release", ("dag_id", "run_id"), frozenset(SynonymReleaseRow.__annotations__))
SYNONYM_CHANGE = Table(
    "synonym_change", ("dag_id", "run_id", "number"), frozenset(SynonymChangeRow.__annotations__)
)
SYNONYM_PROBE = Table(
    "synonym_probe",
    ("dag_id", "run_id", "task_id", "domain", "number"),
    frozenset(SynonymProbeRow.__annotations__),
)
DISCOVERY_RUN = Table("discovery_run", ("dag_id", "run_id"), frozenset(DiscoveryRunRow.__annotations__))
DISCOVERY_COVERAGE = Table(
    "discovery_coverage",
    ("dag_id", "run_id", "schema_name", "table_name"),
    frozenset(DiscoveryCoverageRow.__annotations__),
)
SENSITIVE_COLUMN = Table(
    "sensitive_column",
    ("pipeline", "schema_name", "table_name", "column_name", "detector"),
    frozenset(SensitiveColumnRow.__annotations__),
    of_a_run=False,
)
EXPOSURE_EXCEPTION = Table(
    "exposure_exception", ("dag_id", "run_id", "number"), frozenset(ExposureExceptionRow.__annotations__)
)
EXTRACT_PURGE = Table(
    "extract_purge", ("dag_id", "run_id", "task_id"), frozenset(ExtractPurgeRow.__annotations__)
)
LOAD_WINDOW = Table(
    "load_window", ("dag_id", "run_id", "table_name"), frozenset(LoadWindowRow.__annotations__)
)
LOAD_RECONCILIATION = Table(
    "load_reconciliation",
    ("dag_id", "run_id", "table_name", "bucket"),
    frozenset(LoadReconciliationRow.__annotations__),
)
LOAD_PUBLICATION = Table(
    "load_publication", ("dag_id", "run_id", "table_name"), frozenset(LoadPublicationRow.__annotations__)
)
