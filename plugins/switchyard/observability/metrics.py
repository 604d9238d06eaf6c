"""The metrics of the pipelines: every name there is, its unit and its meaning.

An operator says in ``reports`` which of them the values of its result are. All carry the same labels, each of which has
as many values as the configuration has pipelines, DAGs, steps and tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["counter", "gauge", "timer"]

PREFIX = "switchyard"
LABELS = {
    "pipeline": "Name of the pipeline instance: what follows the two underscores in the DAG's id",
    "dag_id": "The DAG",
    "task_id": "The step; that of a table has the table's name before a dot",
}
"""The labels of every metric."""
OUTCOME = "outcome"
OUTCOMES = ("success", "failed", "skipped", "planned")
"""Values of the label `outcome`; planned is the end of a step in a dry run."""


@dataclass(frozen=True)
class Metric:
    """One metric.

    Attributes:
        name: what follows the prefix.
        kind: a counter is added up, a gauge holds its last value, a timer is a distribution.
        unit: of one value.
        about: what it measures, as a sentence without its full stop.
    """

    name: str
    kind: Kind
    unit: str
    about: str

    @property
    def full_name(self) -> str:
        """The name that goes out, below the prefix that Airflow puts before all."""
        return f"{PREFIX}.{self.name}"


STEP_FINISHED = Metric(
    "step.finished", "counter", "tries", "Tries of a step that ended, by the label `outcome`"
)
STEP_DURATION = Metric(
    "step.duration",
    "timer",
    "milliseconds",
    "Time from the beginning of a step's first try to its end, waits included, by the label `outcome`",
)

RPO = Metric("recovery.rpo_seconds", "gauge", "seconds", "Age of the restored data when the recovery began")
RPO_OBJECTIVE = Metric("recovery.rpo_objective_seconds", "gauge", "seconds", "What the age may be")
RTO = Metric(
    "recovery.rto_seconds",
    "gauge",
    "seconds",
    "Time from the beginning of the recovery until the data was proved",
)
RTO_OBJECTIVE = Metric("recovery.rto_objective_seconds", "gauge", "seconds", "What that time may be")
RECOVERY_CHECKS = Metric(
    "recovery.checks", "gauge", "checks", "Checks that were made on the restored database"
)
POINT_AGE = Metric(
    "recovery.point_age_seconds",
    "gauge",
    "seconds",
    "Age of the newest data that a restore could use now; nothing is sent where there is none",
)
PROOF_AGE = Metric(
    "recovery.proof_age_seconds",
    "gauge",
    "seconds",
    "Time since a restore was last proved; nothing is sent where none ever was",
)
OUTAGES = Metric(
    "recovery.outages", "gauge", "objectives", "Objectives that a disaster of this minute would not find met"
)
PROTECTED_ROWS = Metric(
    "recovery.protected_rows", "gauge", "rows", "Rows of the source that a recovery point's manifest counts"
)

SYNONYM_ROWS = Metric("synonyms.rows", "gauge", "rows", "Rows of the source that were read")
SYNONYM_RULES = Metric("synonyms.rules", "gauge", "rules", "Rules in the file that was built")
SYNONYM_WARNINGS = Metric("synonyms.warnings", "gauge", "findings", "Warnings of the validation")
SYNONYM_CHANGE = Metric(
    "synonyms.change_percent", "gauge", "percent", "Rules that differ from those that are live"
)
SYNONYM_PROBES = Metric("synonyms.probes", "gauge", "searches", "Searches that have proved the release")

DISCOVERY_ROWS = Metric("discovery.source_rows", "gauge", "rows", "Rows of the tables that are searched")
DISCOVERY_TABLES = Metric(
    "discovery.tables", "gauge", "tables", "Tables and views of the source that are searched"
)
DISCOVERY_COST = Metric(
    "discovery.estimate_usd", "gauge", "US dollars", "What the search is estimated to cost"
)
EXTRACT_OBJECTS = Metric(
    "discovery.extract_objects", "gauge", "objects", "Objects of the extract that Macie searches"
)
EXTRACT_BYTES = Metric("discovery.extract_bytes", "gauge", "bytes", "Their size")
EXTRACT_DELETED = Metric(
    "discovery.extract_deleted", "counter", "objects", "Objects that a purge of the extract has deleted"
)
FINDINGS = Metric("discovery.findings", "gauge", "findings", "Findings of the run's Macie job")
REGISTER_ROWS = Metric(
    "discovery.register_rows", "gauge", "rows", "Rows of the run's partition of the register"
)
EXPOSURES = Metric(
    "discovery.exposures", "gauge", "exposures", "Columns that hold personal data, by kind of data"
)
EXPOSURES_NEW = Metric("discovery.exposures_new", "gauge", "exposures", "Those that nobody knew of")
EXPOSURES_SILENCED = Metric(
    "discovery.exposures_silenced", "gauge", "exposures", "Those that a reviewed exception keeps quiet"
)
EXPOSURES_GONE = Metric(
    "discovery.exposures_gone", "gauge", "exposures", "Those that a whole search did not find again"
)
FINDINGS_LAG = Metric(
    "discovery.findings_lag_seconds",
    "gauge",
    "seconds",
    "Time from the beginning of the load until its findings were registered: how old the register is when it is new",
)

ROWS_PLANNED = Metric(
    "load.rows_planned", "gauge", "rows", "Rows that the source's planner expects the window to hold"
)
ROWS_STAGED = Metric("load.rows_staged", "counter", "rows", "Rows that were read from the source")
ROWS_INSERTED = Metric("load.rows_inserted", "counter", "rows", "Rows that came into the target")
ROWS_REPLACED = Metric(
    "load.rows_replaced", "counter", "rows", "Rows of the target that gave way to newer ones"
)
ROWS_DELETED = Metric("load.rows_deleted", "counter", "rows", "Rows that were gone at the source")
STALENESS = Metric(
    "load.staleness_seconds",
    "gauge",
    "seconds",
    "Time between the end of the window that the target holds now, and now",
)
ROWS_BEHIND = Metric(
    "load.rows_behind",
    "gauge",
    "rows",
    "Rows that a comparison found missing, older or left over in the target; 0 where both sides are equal",
)
ROWS_COMPARED = Metric("load.rows_compared", "gauge", "rows", "Rows of the target that were compared")
ROWS_PUBLISHED = Metric("load.rows_published", "gauge", "rows", "Rows that were published in the lake")
BYTES_PUBLISHED = Metric("load.bytes_published", "gauge", "bytes", "Size of their files")

WAREHOUSE_FINDINGS = Metric(
    "warehouse.findings", "gauge", "findings", "What a check of the warehouse found, by its step"
)


def reported(**by_key: Metric) -> Mapping[str, Metric]:
    """Which metric the value of each key of a result is, as operators say it in ``reports``."""
    return MappingProxyType(by_key)


def all_metrics() -> list[Metric]:
    """Every metric, in the order of this module."""
    return [value for value in globals().values() if isinstance(value, Metric)]
