"""Collect what Macie has found, and what it has searched."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from switchyard.aws import console as pages
from switchyard.discovery.coverage import UNSEEN, Coverage, Finding, coverage, statuses
from switchyard.discovery.detections import detections
from switchyard.discovery.macie_job import moment
from switchyard.discovery.manifest import Manifest
from switchyard.discovery.names import Origin, run_date
from switchyard.discovery.records import Record, Tables, line, parts
from switchyard.errors import CheckFailed
from switchyard.ledger.rows import DiscoveryCoverageRow
from switchyard.observability import metrics
from switchyard.operators.base import Pause
from switchyard.operators.discovery import load, reconcile
from switchyard.operators.discovery.base import DiscoveryOperator
from switchyard.operators.discovery.feeds import Feeds
from switchyard.waiting.kinds import Wait

NOTE = "collected"
ROUNDS = 10
"""Looks after which results that are missing, and findings that Macie counts and does not list, are given up."""

_SEEN = "collected_seen"
_AWAITED = "collected_awaited"
_REMEDIES: Mapping[Finding, str] = {
    Finding.BLIND: "Compare the key's and the bucket's policy with docs/reference/iam.md, then start a new run",
    Finding.UNPROVEN: "Configure the export of discovery results in Macie, or set macie.require_results to false",
    Finding.NOTHING: "Look at the scope of the job: bucket, folder, and the moment the load began",
}


class CollectEvidenceOperator(DiscoveryOperator):
    """Keep the job's findings and discovery results line by line, and say what they prove.

    Findings are counted until two counts agree, and all of them must come. A repeated step writes the same files.

    Args:
        job_id: the job; empty where there was nothing to search.
        source: engine and cluster that was searched.
        macie: the section ``macie`` of the configuration.
        settle_seconds: time between two counts.
    """

    console = (pages.FINDINGS % "job_id",)
    service = "macie2"
    reports = metrics.reported(findings=metrics.FINDINGS)
    template_fields = (*DiscoveryOperator.template_fields, "job_id")

    def __init__(
        self, *, job_id: Any, source: str, macie: Mapping[str, Any], settle_seconds: float, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.job_id = job_id
        self.source = source
        self.macie = dict(macie)
        self.settle_seconds = settle_seconds
        self._note: dict[str, Any] = {}
        self._alarming = 0

    def act(self, context: Any) -> Wait | Pause | None:
        if self.dry_run:
            return None
        manifest = Manifest.from_dict(self.read(reconcile.NOTE))
        found = self._coverage(manifest)
        expected = self._feeds.count() if self.job_id else 0
        if (pause := self._unsettled(context, found, expected)) is not None:
            return pause
        return self._collect(context, manifest, found, expected)

    def result(self, context: Any) -> dict[str, Any]:
        note = self._note
        return {name: note[name] for name in ("found", "findings", "register_rows", "origin")} | {
            "summary": f"{note['found']}: {note['findings']} findings, {note['register_rows']} rows"
        }

    @property
    def _feeds(self) -> Feeds:
        return Feeds(self.client(), self.client("s3"), str(self.job_id), self.account_id, self.region_name)

    def _coverage(self, manifest: Manifest) -> Coverage:
        results = self._feeds.results() if self.job_id else iter(())
        return coverage(manifest, None if results is None else statuses(self._counting(results), manifest))

    def _counting(self, results: Iterable[Record]) -> Iterator[Record]:
        """Count the results that have a severity, for each of which there is a finding, sooner or later."""
        self._alarming = 0
        for record in results:
            self._alarming += (record.get("severity") or {}).get("score") is not None
            yield record

    def _unsettled(self, context: Any, found: Coverage, expected: int) -> Pause | None:
        """Wait for two equal looks, and some more for results and findings of which the other side tells."""
        memory = context["task_state_store"]
        seen = memory.get(_SEEN) or {"look": None, "rounds": 0}
        missing = found.by_status.get(UNSEEN, 0) if found.has_results else 0
        missing += max(0, self._alarming - expected)
        look, rounds = [expected, missing], int(seen["rounds"]) + 1
        if look == seen["look"] and (not missing or rounds > ROUNDS):
            return None
        memory.set(_SEEN, {"look": look, "rounds": rounds})
        return Pause(self.settle_seconds, "findings and results to arrive")

    def _collect(self, context: Any, manifest: Manifest, found: Coverage, expected: int) -> Pause | None:
        tables = Tables.of(manifest, pipeline=self.pipeline, source=self.source)
        has_all = found.has_results and found.is_whole
        results = (self._feeds.results() if self.job_id and found.has_results else None) or iter(())
        counts: dict[Origin, dict[str, int]] = {
            "result": self._write("result", results, tables),
            "finding": self._write("finding", self._findings(), tables),
        }
        if (pause := self._incomplete(context, counts["finding"]["records"], expected)) is not None:
            return pause
        origin: Origin = "result" if has_all else "finding"
        verdict = found.verdict(counts[origin]["sensitive"])
        self._note = {
            "found": str(verdict),
            "job_id": str(self.job_id or ""),
            "origin": origin,
            "findings": counts["finding"]["records"],
            "results": counts["result"]["records"] if found.has_results else None,
            "register_rows": counts[origin]["rows"],
            "sensitive": counts[origin]["sensitive"],
        }
        self._keep_coverage(manifest, found)
        self.leave(NOTE, self._note)
        self._record(context, found)
        self._judge(verdict, found)
        return None

    def _findings(self) -> Iterator[Record]:
        if not self.job_id:
            return iter(())
        if self.macie["feed"] == "events":
            begun = moment(self.read(load.NOTE)["fresh"])
            bucket, prefix = self.macie["events_bucket"], self.macie["events_prefix"] or ""
            return self._feeds.events(bucket, prefix, since=begun)
        return self._feeds.findings()

    def _write(self, origin: Origin, records: Iterable[Record], tables: Tables) -> dict[str, int]:
        """Write records as files of lines, one file in memory at a time; what was counted on the way."""
        counted = {"records": 0, "sensitive": 0, "rows": 0}

        def lines() -> Iterator[bytes]:
            for record in records:
                if (text := line(record, tables)) is None:
                    continue
                rows = sum(one.rows for one in detections(record))
                counted["records"] += 1
                counted["sensitive"] += bool(rows)
                counted["rows"] += rows
                yield text

        number = 0
        for number, part in enumerate(parts(lines()), 1):
            self.keep(self.store.raw_part(origin, number), part)
        self._blank_after(origin, number)
        return counted

    def _blank_after(self, origin: Origin, number: int) -> None:
        """Empty the files that an earlier try wrote beyond the last one; the role may not delete evidence."""
        written = {self.store.raw_part(origin, one) for one in range(1, number + 1)}
        pages = (
            self.client("s3")
            .get_paginator("list_objects_v2")
            .paginate(Bucket=self.evidence["bucket"], Prefix=self.store.raw(origin))
        )
        for page in pages:
            for one in page.get("Contents", ()):
                if one["Key"] not in written and one["Size"]:
                    self.keep(one["Key"], b"")

    def _incomplete(self, context: Any, came: int, expected: int) -> Pause | None:
        """Wait for findings that Macie counts; Firehose holds events back as long as its buffer says."""
        if came == expected:
            return None
        memory = context["task_state_store"]
        rounds = int(memory.get(_AWAITED) or 0) + 1
        if rounds > ROUNDS and (came > expected or self.macie["feed"] == "api"):
            raise CheckFailed(
                f"collecting the findings of job {self.job_id}",
                f"{came} of this run's objects came, Macie counts {expected}",
                "Look whether the extract held objects that the load did not write; then clear this task: it counts "
                "and collects again",
            )
        memory.set(_AWAITED, rounds)
        return Pause(self.settle_seconds, f"findings to come: there are {came} of {expected}")

    def _keep_coverage(self, manifest: Manifest, found: Coverage) -> None:
        sizes = {one.key: one.size for one in manifest.objects}
        fresh = (self.find(load.NOTE) or {}).get("fresh")
        searched = (
            (moment(fresh) if fresh else datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
        )
        rows = (
            {
                "pipeline": self.pipeline,
                "run_id": self.stamp,
                "run_date": run_date(self.stamp),
                "searched_at": searched,
                "found": self._note["found"],
                "source_name": self.source,
                "schema_name": one.schema,
                "table_name": one.table,
                "object_key": one.key,
                "object_bytes": sizes[one.key],
                "status_code": one.status,
                "status_reason": one.reason,
            }
            for one in found.objects
        )
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        self.keep(self.store.lines("coverage"), text.encode())

    def _record(self, context: Any, found: Coverage) -> None:
        run, note = self.run_of(context), self._note
        self.ledger.record_discovery_run(
            **run,
            pipeline=self.pipeline,
            state="collected",
            found=note["found"],
            findings=note["findings"],
            results=note["results"],
            evidence={"objects": dict(found.by_status), "origin": note["origin"]},
        )
        self.ledger.record_discovery_coverage(
            DiscoveryCoverageRow(
                dag_id=run["dag_id"],
                run_id=run["run_id"],
                schema_name=one["schema_name"],
                table_name=one["table_name"],
                objects_complete=one["complete"],
                reasons=one["reasons"],
            )
            for one in found.by_table()
        )

    def _judge(self, verdict: Finding, found: Coverage) -> None:
        accepted = {Finding.FOUND, Finding.CLEAN}
        if not self.macie["require_results"]:
            accepted.add(Finding.UNPROVEN)
        if not found.objects:
            accepted.add(Finding.NOTHING)  # every table is empty, which the reconciliation has proved
        if verdict in accepted:
            return
        gaps = [f"{one.key} is {one.status} {one.reason}".strip() for one in found.gaps]
        raise CheckFailed(
            f"what Macie job {self.job_id} has searched",
            f"{verdict}: {len(gaps)} of {len(found.objects)} objects were not searched whole; the first: {gaps[0]}",
            _REMEDIES[verdict],
        )
