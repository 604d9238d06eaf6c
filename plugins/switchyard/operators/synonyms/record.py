"""Record the release that is live now."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from switchyard.aws import console as pages
from switchyard.ledger.connection import DEFAULT_CONN_ID, from_airflow
from switchyard.observability import metrics
from switchyard.operators.base import AwsOperator
from switchyard.operators.synonyms.notes import probe_rows, run_of
from switchyard.waiting.kinds import Wait


class RecordReleaseOperator(AwsOperator):
    """Write the release with its version, domains and probes into the ledger.

    It needs the ledger: a run must not end well with a release that nobody can look up. The release stays live.

    Args:
        updated: what the update of the package handed on.
        associated: what each domain's association handed on.
        applied: what was done about each domain's indexes.
        probed: what each domain's searches have shown.
        probes: the probes as they were asked for.
        probing_task_id: the step that searched.
    """

    console = (pages.PACKAGES,)
    service = "opensearch"
    reports = metrics.reported(probes=metrics.SYNONYM_PROBES)
    template_fields = (
        *AwsOperator.template_fields,
        "updated",
        "associated",
        "applied",
        "probed",
        "probes",
        "stamp",
    )

    def __init__(
        self,
        *,
        updated: Any,
        associated: Any,
        applied: Any,
        probed: Any,
        probes: Any,
        probing_task_id: str,
        pipeline: str,
        stamp: str,
        ledger_conn_id: str = DEFAULT_CONN_ID,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.updated = updated
        self.associated = associated
        self.applied = applied
        self.probed = probed
        self.probes = probes
        self.probing_task_id = probing_task_id
        self.pipeline = pipeline
        self.stamp = stamp
        self.ledger_conn_id = ledger_conn_id

    def act(self, context: Any) -> Wait | None:
        if self.dry_run:
            return None
        run, now = run_of(context), datetime.now(UTC)
        ledger = from_airflow(self.ledger_conn_id)
        ledger.record_synonym_release(
            **run,
            pipeline=self.pipeline,
            stamp=self.stamp,
            state="live",
            sha256=self.updated["sha256"],
            package_id=self.updated["package_id"],
            version=self.updated["version"],
            live_version=self.updated["version"],
            live_at=now,
            finished_at=now,
            evidence={"domains": list(self.associated), "indexes": list(self.applied)},
        )
        ledger.record_synonym_probes(
            probe_rows(run, self.probing_task_id, self.probed, wanted=self.probes, at=now)
        )
        return None

    def result(self, context: Any) -> dict[str, Any]:
        version = self.updated["version"]
        domains = [one["domain"] for one in self.associated]
        return {
            "version": version,
            "domains": domains,
            "probes": sum(len(one["probes"]) for one in self.probed),
            "summary": f"version {version} is live on {', '.join(domains)}",
        }
