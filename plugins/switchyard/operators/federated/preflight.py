"""Look at warehouse, source and target before a run, and decide its windows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from switchyard.configuration.synonym_refresh import DATABASES
from switchyard.federated import target_checks
from switchyard.federated.tables import LoadTable
from switchyard.operators.base import Pause
from switchyard.operators.federated.base import FederatedOperator
from switchyard.operators.federated.places import require_warehouse, source_definition
from switchyard.operators.federated.run_windows import RunWindows
from switchyard.operators.federated.source import require_source
from switchyard.redshift.literals import Text
from switchyard.sql import RedshiftSql, render_redshift
from switchyard.waiting.kinds import Wait

_LOOK = "look at the warehouse"
_ISOLATION, _SCHEMAS, _COLUMNS, _INTEGRATIONS = range(4)
_CHECKED, _ADDRESS = "source_checked", "source_address"
_INTEGRATIONS_UNSEEN = (
    "whether a zero-ETL integration keeps a table here already: Redshift shows integrations to superusers alone, "
    "and {} is none; look with SELECT * FROM svv_integration_table_state as one"
)


class CheckLoadPreconditionsOperator(FederatedOperator):
    """Prove that a load can be right: roles, secret, schemas, source tables as declared, watermarks that tell changes.

    Nothing is written. The result holds the run's window of each table.

    Args:
        tables: the section ``tables``.
        lookback_minutes: how long before its window a run reads again.
        settle_seconds: how long after the end of a window it is read.
        window_start: the first moment of the windows, where a person gave one.
        window_end: the first moment behind them, where a person gave one.
    """

    template_fields = (*FederatedOperator.template_fields, "window_start", "window_end")
    changes_nothing = True

    def __init__(
        self,
        *,
        tables: Sequence[Mapping[str, Any]],
        lookback_minutes: float,
        settle_seconds: float,
        window_start: str,
        window_end: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.tables_content = list(tables)
        self.lookback_minutes = lookback_minutes
        self.settle_seconds = settle_seconds
        self.window_start = window_start
        self.window_end = window_end

    @cached_property
    def tables(self) -> list[LoadTable]:
        """The tables that are loaded."""
        return [LoadTable.of(content) for content in self.tables_content]

    def act(self, context: Any) -> Wait | Pause | None:
        memory = context["task_state_store"]
        if memory.get(_CHECKED) is None:
            require_warehouse(self.client, self.warehouse, self._roles())
            found = source_definition(self.client, self.source)
            memory.set(_ADDRESS, f"{found.host}:{found.port}")
            memory.set(_CHECKED, require_source(self.source, self.tables))
        if wait := self.statement(context, _LOOK, self._statements(), adds_rows=False):
            return wait
        if not self.dry_run:
            self._require_warehouse_ready(context)
        return None

    def result(self, context: Any) -> dict[str, Any]:
        windows = RunWindows.of(self, context)
        found = {table.name: windows.of_table(table.name) for table in self.tables}
        gaps = [text for table in self.tables for text in windows.gaps(table)]
        warnings = [*context["task_state_store"].get(_CHECKED), *gaps]
        for warning in warnings:
            self.log.warning("%s", warning)
        address = {"address": context["task_state_store"].get(_ADDRESS) or ""}
        database = self.rows(context, _LOOK, _ISOLATION)
        isolation = target_checks.isolation(database)
        user = str(database[0]["warehouse_user"]) if database else "unknown"
        unchecked = [] if target_checks.sees_integrations(database) else [_INTEGRATIONS_UNSEEN.format(user)]
        for text in unchecked:
            self.log.info("Not checked: %s", text)
        return {
            "windows": {name: window.as_dict() | address for name, window in found.items()},
            "user": user,
            "isolation": isolation,
            "warnings": warnings,
            "unchecked": unchecked,
            "summary": f"as {user}, isolation {isolation}; {windows.said}"
            f"{'; zero-ETL integrations not checked' if unchecked else ''}",
        }

    def _roles(self) -> dict[str, str]:
        roles = {"source.federated_role_arn": self.source["federated_role_arn"]}
        return roles | ({"lake.role_arn": self.lake["role_arn"]} if self.lake else {})

    def _statements(self) -> list[RedshiftSql]:
        schemas = _texts([self.staging_schema, *(table.target[0] for table in self.tables)])
        mysql = DATABASES[self.source["engine"]] == "mysql"
        replicated = self.source["database"] if mysql else self.source["schema"] or "public"
        return [
            render_redshift("schema/select_isolation.sql"),
            render_redshift("schema/select_schemas.sql", schemas=schemas),
            render_redshift(
                "schema/select_target_columns.sql",
                schemas=schemas,
                tables=_texts(table.target[1] for table in self.tables),
            ),
            render_redshift(
                "schema/select_integrations.sql",
                schema=Text(replicated),
                tables=_texts(table.name for table in self.tables),
            ),
        ]

    def _require_warehouse_ready(self, context: Any) -> None:
        wanted = {"warehouse.staging_schema": self.staging_schema}
        wanted |= {f"tables.{table.name}.target": table.target[0] for table in self.tables}
        target_checks.require_schemas(wanted, self.rows(context, _LOOK, _SCHEMAS))
        target_checks.require_targets(self.tables, self.rows(context, _LOOK, _COLUMNS))
        target_checks.require_no_integration(self.tables, self.rows(context, _LOOK, _INTEGRATIONS))


def _texts(values: Iterable[str]) -> list[Text]:
    return [Text(value) for value in sorted(set(values))]
