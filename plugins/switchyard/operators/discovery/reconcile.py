"""Hold the load against the source, and list what it has written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from switchyard.aws import console as pages
from switchyard.discovery.costs import require_below_cap, size_of
from switchyard.discovery.full_load import Mark, Task
from switchyard.discovery.manifest import Manifest, missing, read_listing, unfounded
from switchyard.discovery.mappings import Place, Selected
from switchyard.discovery.reconciliation import Name, Outcome, TableCount, reconcile, to_count_again
from switchyard.errors import CheckFailed, NotAllowed
from switchyard.ledger.rows import DiscoveryCoverageRow
from switchyard.observability import metrics
from switchyard.observability.lineage import Lineage, folder, source_table
from switchyard.operators.discovery import counts, load
from switchyard.operators.discovery.base import DiscoveryOperator
from switchyard.operators.discovery.extract import Folder
from switchyard.operators.discovery.source import count_rows, engine_of
from switchyard.operators.discovery.task import find_task, table_statistics
from switchyard.operators.run_parameters import number
from switchyard.operators.source_database import open_source
from switchyard.waiting.kinds import Wait

NOTE = "manifest"
_SHOWN = 5


class ReconcileLoadOperator(DiscoveryOperator):
    """Prove table by table that all rows came, and keep key, ETag and size of each object, none of which is read.

    Args:
        source: where the database is and who logs in.
        load: the section ``load`` of the configuration.
        extract: the section ``extract``.
        usd_per_gb: price of a search.
        max_usd: estimate above which nothing is searched.
    """

    console = (pages.REPLICATION_TASK % "load[replication_task_id]",)
    service = "dms"
    reports = metrics.reported(objects=metrics.EXTRACT_OBJECTS, bytes=metrics.EXTRACT_BYTES)
    template_fields = (*DiscoveryOperator.template_fields, "max_usd")

    def __init__(
        self,
        *,
        source: Mapping[str, Any],
        load: Mapping[str, Any],
        extract: Mapping[str, str],
        usd_per_gb: float,
        max_usd: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.source = dict(source)
        self.load = dict(load)
        self.extract = dict(extract)
        self.usd_per_gb = usd_per_gb
        self.max_usd = max_usd
        self._manifest = Manifest(())

    def act(self, context: Any) -> Wait | None:
        if self.dry_run:
            return None
        tables = self.read(counts.NOTE)["tables"]
        outcomes = self._outcomes(tables)
        self._require(
            "reconciling the load",
            [f"{one.schema}.{one.table}: {one.problem}" for one in outcomes if one.problem],
        )
        self._manifest = self._listed(outcomes)
        require_below_cap(
            "the extract",
            self._uncompressed(tables, outcomes),
            usd_per_gb=self.usd_per_gb,
            max_usd=number("max_usd", self.max_usd),
        )
        self.leave(NOTE, self._manifest.as_dict() | {"tables": [one.as_dict() for one in outcomes]})
        self._record(context, outcomes)
        self.told = self._lineage(outcomes)
        return None

    def result(self, context: Any) -> dict[str, Any]:
        manifest = self._manifest
        return {
            "objects": len(manifest.objects),
            "bytes": manifest.size,
            "manifest_sha256": manifest.sha256,
            "summary": f"{len(manifest.objects)} objects, {manifest.size} bytes",
        }

    def _lineage(self, outcomes: list[Outcome]) -> Lineage:
        """Each table or view, and its folder of the extract."""
        address, engine = self.read(counts.NOTE).get("address"), engine_of(self.source)
        database = str(self.source.get("database") or "")
        files, sizes = self._extents()
        read = [
            source_table(engine, address, database=database, schema=one.schema, table=one.table)
            for one in outcomes
            if address
        ]
        return Lineage(
            tuple(read),
            tuple(
                folder(
                    self.extract["bucket"],
                    f"{self.extract['folder'].strip('/')}/{one.schema}/{one.table}",
                    rows=one.loaded or 0,
                    size=sizes.get((one.schema, one.table), 0),
                    files=files.get((one.schema, one.table), 0),
                )
                for one in outcomes
            ),
        )

    def _extents(self) -> tuple[dict[Name, int], dict[Name, int]]:
        """Objects and bytes of each table in the extract."""
        files: dict[Name, int] = {}
        sizes: dict[Name, int] = {}
        for one in self._manifest.objects:
            name = one.schema, one.table
            files[name] = files.get(name, 0) + 1
            sizes[name] = sizes.get(name, 0) + one.size
        return files, sizes

    def _outcomes(self, tables: list[dict[str, Any]]) -> list[Outcome]:
        task = find_task(self.client(), self.load["replication_task_id"])
        self._require_own(Task.read(task))
        statistics = list(table_statistics(self.client(), task["ReplicationTaskArn"]))
        counted = [TableCount(one["schema"], one["table"], one["before"]) for one in tables]
        again = set(to_count_again(counted, statistics))
        if again:
            after = self._count([one for one in tables if (one["schema"], one["table"]) in again])
            counted = [TableCount(one.schema, one.table, one.before, after.get(one.name)) for one in counted]
        return reconcile(counted, statistics, drift_percent=self.load["drift_percent"])

    def _require_own(self, task: Task) -> None:
        """Refuse the numbers of another load: DMS tells those of the last one alone."""
        mark = Mark.of(self.find(load.NOTE))
        if mark is None or not mark.started or mark.started != task.start:
            raise NotAllowed(
                f"reconciling the load of {self.load['replication_task_id']}",
                f"it was last started {task.start or 'never'}, and this run's load "
                f"{mark.started if mark and mark.started else 'has not ended'}",
                "Clear the run from the first purge on",
            )

    def _uncompressed(self, tables: list[dict[str, Any]], outcomes: list[Outcome]) -> int:
        """Bytes that Macie will charge for: the rows as they were measured, and never less than their files."""
        widths = {(one["schema"], one["table"]): one["row_bytes"] for one in tables}
        size = sum(size_of(one.loaded or 0, widths[one.schema, one.table]) for one in outcomes)
        return max(size, self._manifest.size)

    def _count(self, tables: list[dict[str, Any]]) -> dict[Name, int]:
        engine = engine_of(self.source)
        with open_source(self.source) as database:
            return {
                (one["schema"], one["table"]): count_rows(
                    database, engine, Selected(Place(one["schema"], one["table"]), tuple(one["filters"]))
                )
                for one in tables
            }

    def _listed(self, outcomes: list[Outcome]) -> Manifest:
        rows = {(one.schema, one.table): one.loaded or 0 for one in outcomes}
        place = self.extract
        folder = Folder(self.client("s3"), place["bucket"], place["folder"], self.account_id)
        manifest, strange = read_listing(folder.objects(), folder=place["folder"], tables=rows)
        what = f"listing s3://{place['bucket']}/{place['folder']}"
        self._require(what, [f"{key} is of no loaded table" for key in strange])
        self._require(what, [f"{table} has rows and no object" for table in missing(manifest, rows)])
        self._require(what, [f"{table} has objects and no row" for table in unfounded(manifest, rows)])
        return manifest

    def _require(self, what: str, problems: list[str]) -> None:
        if problems:
            more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
            raise CheckFailed(
                what,
                "; ".join(problems[:_SHOWN]) + more,
                "Mend the cause, then clear the run from the purge on",
            )

    def _record(self, context: Any, outcomes: list[Outcome]) -> None:
        run, manifest = self.run_of(context), self._manifest
        objects, _ = self._extents()
        self.ledger.record_discovery_run(
            **run,
            pipeline=self.pipeline,
            stamp=self.stamp,
            state="loaded",
            source=f"{self.source['engine']}:{self.source['cluster_id']}",
            tables=len(outcomes),
            source_rows=sum(one.before for one in outcomes),
            objects=len(manifest.objects),
            extract_bytes=manifest.size,
            manifest_sha256=manifest.sha256,
            loaded_at=datetime.now(UTC),
        )
        self.ledger.record_discovery_coverage(
            DiscoveryCoverageRow(
                dag_id=run["dag_id"],
                run_id=run["run_id"],
                schema_name=one.schema,
                table_name=one.table,
                rows_before=one.before,
                rows_after=one.after,
                rows_loaded=one.loaded,
                proof=one.proof,
                objects=objects.get((one.schema, one.table), 0),
            )
            for one in outcomes
        )
