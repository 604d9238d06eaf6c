"""Record the release that is live now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from switchyard.ledger.connection import DEFAULT_CONN_ID, from_airflow
from switchyard.ledger.rows import SynonymProbeRow
from switchyard.operators.base import AwsOperator
from switchyard.operators.synonyms.notes import Run, run_of
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

    service = "opensearch"
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


def probe_rows(
    run: Run,
    task_id: str,
    probed: Iterable[Mapping[str, Any]],
    *,
    wanted: Sequence[Mapping[str, Any]],
    at: datetime,
) -> Iterator[SynonymProbeRow]:
    """The ledger's rows of what the domains' searches have shown.

    Args:
        run: what names the run.
        task_id: the step that searched.
        probed: by domain, the results of its probes.
        wanted: the probes as they were asked for.
        at: when they were made last.
    """
    asked = {(one["query"], one["field"]): one for one in wanted}
    for of_domain in probed:
        for number, result in enumerate(of_domain["probes"], 1):
            probe = asked.get((result["query"], result["field"]), {})
            yield SynonymProbeRow(
                dag_id=run["dag_id"],
                run_id=run["run_id"],
                task_id=task_id,
                domain=of_domain["domain"],
                number=number,
                index_name=result["index"],
                field=result["field"],
                query=result["query"],
                finds=list(probe.get("finds", ())),
                not_finds=list(probe.get("not_finds", ())),
                hits=result["hits"],
                missing=list(result["missing"]),
                unwanted=list(result["unwanted"]),
                passed=result["passed"],
                probed_at=at,
            )
