"""Publish the register of a run."""

from __future__ import annotations

from typing import Any

from switchyard.discovery.names import run_date
from switchyard.errors import CheckFailed
from switchyard.observability import metrics
from switchyard.observability.lineage import Lineage, athena_table, folder
from switchyard.operators.base import Pause
from switchyard.operators.discovery import collect, lake_tables, queries
from switchyard.operators.discovery.extract import Folder
from switchyard.operators.discovery.statements import AthenaOperator
from switchyard.waiting.kinds import Wait

_TABLES = {
    "create_macie_records": "macie/",
    "create_scan_coverage": "coverage/",
    "create_reviewed_exceptions": "exceptions/",
}

_EMPTIED = "partition_emptied"
"""For which attempt at the INSERT the partition was emptied: one that failed may have left files."""

_INSERT = "INSERT INTO sensitive_columns"


class PublishRegisterOperator(AthenaOperator):
    """Write the run's partition of the register with one INSERT, and compare what came with what was counted.

    A failed INSERT leaves files behind, and a second one adds to the first. So the partition is counted before: where
    it is right nothing is written, where it holds anything else it is emptied, and again before each further attempt.
    """

    reports = metrics.reported(register_rows=metrics.REGISTER_ROWS)

    def act(self, context: Any) -> Wait | Pause | None:
        if self.dry_run:
            return None
        if (wait := self._ensure_tables(context)) is not None:
            return wait
        lake_tables.complete(self.client("glue"), self.athena["database"])
        note = self.read(collect.NOTE)
        run = {"run_date": run_date(self.stamp), "run_id": self.stamp}
        count = {**run, "job_id": note["job_id"]}
        if (wait := self.statement(context, "count before", "count_run", **count)) is not None:
            return wait
        if self._is_right(context, "count before", note):
            return None
        return self._insert(context, note, run, count)

    def _insert(
        self, context: Any, note: dict[str, Any], run: dict[str, str], count: dict[str, str]
    ) -> Wait | Pause | None:
        if (pause := self._empty_partition(context)) is not None:
            return pause
        seen = self.execution(context, "count before")
        insert = self.statement(
            context, "insert", "insert_sensitive_columns", seen=seen, origin=note["origin"], **run
        )
        if insert is not None:
            return insert
        if (wait := self.statement(context, "count after", "count_run", **count)) is not None:
            return wait
        if not self._is_right(context, "count after", note):
            raise CheckFailed(
                f"publishing the register of run {self.stamp}",
                f"Athena counts {self._counted(context, 'count after')}, expected are "
                f"{self._expected(note)} rows, records, and rows of other jobs",
                "Clear this task: it empties the run's partition and writes it again",
            )
        return None

    def _empty_partition(self, context: Any) -> Pause | None:
        """Empty the partition once before each attempt: a failed INSERT leaves files behind.

        One that a killed try of this step sent, and of which it kept no id, would go on writing.
        """
        memory = context["task_state_store"]
        attempt = self.attempt(context, "insert")
        if memory.get(_EMPTIED) == attempt:
            return None
        if queries.stop(self.client(), self.athena["workgroup"], self.stamp, containing=_INSERT):
            return Pause(self.poll_interval, "an INSERT of an earlier try to end")
        self._partition.empty()
        memory.set(_EMPTIED, attempt)
        return None

    def result(self, context: Any) -> dict[str, Any]:
        rows = self.read(collect.NOTE)["register_rows"]
        self.ledger.record_discovery_run(
            **self.run_of(context),
            pipeline=self.pipeline,
            state="published",
            register_rows=rows,
        )
        self.told = Lineage(
            (folder(self.evidence["bucket"], f"{self.evidence['prefix']}{_TABLES['create_macie_records']}"),),
            (athena_table(self.region_name, self.athena["database"], "sensitive_columns", rows=rows),),
        )
        return {"register_rows": rows, "summary": f"{rows} rows in partition {self.stamp}"}

    @property
    def _partition(self) -> Folder:
        return Folder(
            self.client("s3"), self.evidence["register_bucket"], self.store.register, self.account_id
        )

    def _ensure_tables(self, context: Any) -> Wait | Pause | None:
        """Make the tables that are missing, all at the same time: each wait costs a worker's start."""
        evidence = f"s3://{self.evidence['bucket']}/{self.evidence['prefix']}"
        register = f"s3://{self.evidence['register_bucket']}/{self.evidence['register_prefix']}"
        places = {name: evidence + folder for name, folder in _TABLES.items()}
        places["create_sensitive_columns"] = register
        records = places["create_macie_records"]
        more = {"create_macie_records": {"template": f"{records}origin=${{origin}}/run_id=${{run_id}}/"}}
        waits = [
            self.statement(context, name, name, location=location, **more.get(name, {}))
            for name, location in places.items()
        ]
        return next((wait for wait in waits if wait is not None), None)

    def _is_right(self, context: Any, purpose: str, note: dict[str, Any]) -> bool:
        return self._counted(context, purpose) == self._expected(note)

    def _expected(self, note: dict[str, Any]) -> tuple[int, ...]:
        return note["register_rows"], note["sensitive"], 0

    def _counted(self, context: Any, purpose: str) -> tuple[int, ...]:
        [row] = self.rows(context, purpose)
        return tuple(int(row[name] or 0) for name in ("register_rows", "records", "rows_of_other_jobs"))
