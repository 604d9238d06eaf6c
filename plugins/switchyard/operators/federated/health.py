"""Look at one side of a warehouse's health, and say what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from switchyard.federated import health
from switchyard.federated.health import Check, Finding
from switchyard.ledger.connection import DEFAULT_CONN_ID
from switchyard.ledger.loads import LoadLedger, loads_from_airflow
from switchyard.ledger.rows import CheckRow
from switchyard.observability import metrics
from switchyard.operators.base import Pause
from switchyard.operators.redshift.statements import RedshiftOperator
from switchyard.redshift.errors import Kind, StatementFailed
from switchyard.redshift.identifiers import Identifier
from switchyard.redshift.parameters import Bindable
from switchyard.sql import render_redshift
from switchyard.waiting.kinds import Wait

_SIZE = "table size"
"""Kind of the ledger's rows that keep how large a table was."""
_SINCE = "since"
_UNSEEN = "unseen"
_ABSENT = "absent_tables"
_LET_LOOK = "Let the warehouse's user see it, as docs/how-to/look-after-a-warehouse.md says"
_SHOWN = 20
"""Findings that a result names; the ledger has all."""


class HealthOperator(RedshiftOperator):
    """A step that looks after a warehouse.

    Args:
        pipeline: the pipeline instance, for the ledger.
        stamp: the run.
        limits: the section ``limits``.
        tables: the configured tables, as schema.table.
    """

    template_fields = (*RedshiftOperator.template_fields, "stamp")

    def __init__(
        self,
        *,
        pipeline: str,
        stamp: str,
        limits: Mapping[str, Any],
        tables: Sequence[str],
        ledger_conn_id: str = DEFAULT_CONN_ID,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pipeline = pipeline
        self.stamp = stamp
        self.limits = dict(limits)
        self.tables = list(tables)
        self.ledger_conn_id = ledger_conn_id

    @cached_property
    def ledger(self) -> LoadLedger:
        """The ledger, which keeps all findings."""
        return loads_from_airflow(self.ledger_conn_id)


class CheckHealthOperator(HealthOperator):
    """Make one of the nine checks; it finds, and fails only where it cannot look.

    Views that are for superusers alone may be hidden from the warehouse's user: that is a finding too.

    Args:
        check: name of the check.
        staging_users: who may use the staging schema.
    """

    changes_nothing = True
    reports = metrics.reported(count=metrics.WAREHOUSE_FINDINGS)

    def __init__(self, *, check: str, staging_users: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.check = check
        self.staging_users = list(staging_users)

    @property
    def what(self) -> Check:
        """The check."""
        return health.BY_NAME[self.check]

    def act(self, context: Any) -> Wait | Pause | None:
        try:
            return self._look(context)
        except StatementFailed as error:
            if error.kind is not Kind.PERMISSION:
                raise
            context["task_state_store"].set(_UNSEEN, f"not looked at: {error.found}")
            return None

    def result(self, context: Any) -> dict[str, Any]:
        if self.dry_run:
            return {"maintain": {}, "summary": "not looked at"}
        unseen = context["task_state_store"].get(_UNSEEN)
        rows = [] if unseen else self._rows(context)
        found = [Finding("", unseen)] if unseen else self._findings(context, rows)
        action = _LET_LOOK if unseen else self.what.action
        self._record(context, found, rows, action)
        said = unseen or _counted(found)
        handed: dict[str, Any] = {
            "findings": [one.text for one in found[:_SHOWN]],
            "count": len(found),
            "action": action if found else None,
            "summary": f"{said}. {action}" if found else "nothing unusual",
        }
        if self.check == "tables":
            handed["maintain"] = health.to_maintain(
                rows,
                self.tables,
                unsorted_percent=self.limits["unsorted_percent"],
                stats_off_percent=self.limits["stats_off_percent"],
            )
        if self.check == "definitions":
            handed["definitions"] = {str(row["table_name"]): str(row["definition"]) for row in rows}
        for one in found:
            self.log.warning("%s", one.text)
        return handed

    def _look(self, context: Any) -> Wait | Pause | None:
        if self.check != "definitions":
            statement = render_redshift(f"health/{self.check}.sql")
            return self.statement(
                context, self.check, statement, parameters=self._parameters(context), adds_rows=False
            )
        memory = context["task_state_store"]
        for name in self.tables:
            if name in memory.get(_ABSENT, default=[]):
                continue
            statement = render_redshift("health/definition.sql", table=Identifier(*name.split(".")))
            try:
                wait = self.statement(context, f"definition of {name}", statement, adds_rows=False)
            except StatementFailed as error:
                if error.kind is not Kind.ABSENT:
                    raise
                memory.set(_ABSENT, [*memory.get(_ABSENT, default=[]), name])
                continue
            if wait:
                return wait
        return None

    def _parameters(self, context: Any) -> dict[str, Bindable]:
        bound: dict[str, Bindable] = {name: _bindable(self.limits[name]) for name in self.what.limits}
        if self.what.binds_since:
            memory = context["task_state_store"]
            if (since := memory.get(_SINCE)) is None:
                since = (datetime.now(UTC) - timedelta(days=self.limits["days"])).isoformat()
                memory.set(_SINCE, since)
            bound["since"] = datetime.fromisoformat(since)
        if self.check == "privileges":
            bound["staging_schema"] = self.warehouse["staging_schema"]
        return bound

    def _rows(self, context: Any) -> list[dict[str, Any]]:
        if self.check != "definitions":
            return self.rows(context, self.check)
        found = []
        absent = context["task_state_store"].get(_ABSENT, default=[])
        for name in self.tables:
            lines = [] if name in absent else self.rows(context, f"definition of {name}")
            text = "\n".join(str(next(iter(line.values()))) for line in lines)
            found.append({"table_name": name, "definition": text})
        return found

    def _findings(self, context: Any, rows: list[dict[str, Any]]) -> list[Finding]:
        wrong: Sequence[Mapping[str, Any]] = rows
        if self.check == "definitions":
            wrong = [row for row in rows if not row["definition"]]
        elif self.check == "privileges":
            wrong = health.not_allowed(rows, self.staging_users)
        elif self.check == "space":
            run = context["dag_run"]
            before = self.ledger.last_found(run.dag_id, _SIZE, but_run=run.run_id)
            wrong = health.grown(
                rows,
                {name: int(size) for name, size in before.items()},
                percent=self.limits["growth_percent"],
                least_mb=self.limits["growth_mb"],
            )
        return health.findings(self.what, wrong)

    def _record(self, context: Any, found: list[Finding], rows: list[dict[str, Any]], action: str) -> None:
        run, now = context["dag_run"], datetime.now(UTC)
        key = {"dag_id": run.dag_id, "run_id": run.run_id, "task_id": self.task_id}
        checks = [
            CheckRow(
                **key,  # type: ignore[typeddict-item]
                name=self.what.title,
                kind="warehouse health",
                passed=not found,
                expected="nothing unusual",
                found=_counted(found),
                detail="; ".join([*(one.text for one in found[:_SHOWN]), action]) if found else None,
                checked_at=now,
            )
        ]
        if self.check == "space":
            checks += [
                CheckRow(**key, name=name, kind=_SIZE, passed=True, found=str(size), checked_at=now)  # type: ignore[typeddict-item]
                for name, size in health.sizes(rows).items()
            ]
        self.ledger.record_run(dag_id=run.dag_id, run_id=run.run_id, pipeline=self.pipeline)
        self.ledger.record_checks(checks)


class MaintainTablesOperator(HealthOperator):
    """Take statistics anew, and sort, where the check found it due and the configuration lets it.

    Args:
        wanted: what the check of the tables' state handed on.
        maintenance: the section ``maintenance``.
    """

    template_fields = (*HealthOperator.template_fields, "wanted")

    def __init__(self, *, wanted: Any, maintenance: Mapping[str, bool], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.wanted = wanted
        self.maintenance = dict(maintenance)

    def act(self, context: Any) -> Wait | Pause | None:
        for word, name in self._work():
            statement = render_redshift(f"health/{word}.sql", table=Identifier(*name.split(".")))
            if wait := self.statement(context, f"{word} {name}", statement, adds_rows=False):
                return wait
        return None

    def result(self, context: Any) -> dict[str, Any]:
        done = [f"{word} {name}" for word, name in self._work()]
        return {"done": done, "summary": ", ".join(done) or "nothing was due"}

    def _work(self) -> list[tuple[str, str]]:
        """What is to be done, VACUUM first: it changes what statistics are taken of."""
        wanted = self.wanted if isinstance(self.wanted, Mapping) else {}
        return [
            (word, name)
            for word in ("vacuum", "analyze")
            if self.maintenance[word]
            for name in wanted.get(word, ())
        ]


def _counted(found: Sized) -> str:
    return "1 finding" if len(found) == 1 else f"{len(found)} findings"


def _bindable(limit: float) -> Bindable:
    """A limit as a parameter: whole numbers and decimals, which the Data API takes as text."""
    return limit if isinstance(limit, int) else Decimal(str(limit))
