"""What the steps of a federated load share: whose run it is, which table, which window, the ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, TypedDict

from switchyard.configuration.synonym_refresh import DATABASES
from switchyard.errors import StepFailed
from switchyard.federated import names
from switchyard.federated.tables import LoadTable
from switchyard.federated.windows import Window
from switchyard.ledger.connection import DEFAULT_CONN_ID
from switchyard.ledger.loads import LoadLedger, loads_from_airflow
from switchyard.observability.lineage import DataSet, Field, source_table, warehouse_table
from switchyard.operators.redshift.statements import RedshiftOperator
from switchyard.redshift.identifiers import Identifier


class Run(TypedDict):
    """What names a run in the ledger."""

    dag_id: str
    run_id: str


class FederatedOperator(RedshiftOperator):
    """A step of a federated load.

    Args:
        pipeline: the pipeline instance, for the ledger.
        stamp: the run.
        source: the section ``source`` of the configuration, with account, Region and connection.
        lake: the section ``lake``; None where there is none.
    """

    remembers_success = True
    template_fields = (*RedshiftOperator.template_fields, "stamp")

    def __init__(
        self,
        *,
        pipeline: str,
        stamp: str,
        source: Mapping[str, Any],
        lake: Mapping[str, Any] | None,
        ledger_conn_id: str = DEFAULT_CONN_ID,
        **kwargs: Any,
    ) -> None:
        external = [source["external_schema"], *([lake["external_schema"]] if lake else [])]
        super().__init__(external_schemas=external, **kwargs)
        self.pipeline = pipeline
        self.stamp = stamp
        self.source = dict(source)
        self.lake = dict(lake) if lake else None
        self.ledger_conn_id = ledger_conn_id

    @cached_property
    def ledger(self) -> LoadLedger:
        """The ledger; what it must keep of a load is evidence."""
        return loads_from_airflow(self.ledger_conn_id)

    @property
    def staging_schema(self) -> str:
        """The schema of stages."""
        return str(self.warehouse["staging_schema"])

    def run_of(self, context: Any) -> Run:
        """What names the run in the ledger."""
        return Run(dag_id=context["dag_run"].dag_id, run_id=context["dag_run"].run_id)


class TableOperator(FederatedOperator):
    """A step of a federated load on one of its tables.

    Args:
        table: an item of the section ``tables``.
        windows: the run's windows by table, as the first step decided them, or their JSON.
    """

    template_fields = (*FederatedOperator.template_fields, "windows")

    def __init__(self, *, table: Mapping[str, Any], windows: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.table_content = dict(table)
        self.windows = windows

    @cached_property
    def table(self) -> LoadTable:
        """The table with its columns."""
        return LoadTable.of(self.table_content)

    @property
    def window(self) -> Window:
        """The run's window of the table.

        Raises:
            StepFailed: the run's first step has not decided it.
        """
        windows = json.loads(self.windows) if isinstance(self.windows, str) else self.windows
        if not isinstance(windows, Mapping) or self.table.name not in windows:
            raise StepFailed(
                self.task_id,
                f"the run has no window of table {self.table.name}",
                "Clear the run from its first step on, which decides the windows",
            )
        return Window.of(windows[self.table.name])

    @property
    def source_data(self) -> DataSet | None:
        """The table at the source, as lineage names it; None where the run's first step did not tell where it is."""
        windows = json.loads(self.windows) if isinstance(self.windows, str) else self.windows
        address = windows[self.table.name].get("address")
        if not address:
            return None
        fields = tuple(Field(one.source, str(one.type)) for one in self.table.columns)
        return source_table(
            DATABASES[self.source["engine"]],
            address,
            database=self.source["database"],
            schema=self.source.get("schema"),
            table=self.table.name,
            fields=fields,
        )

    def target_data(self, *, is_copy: bool = False, **told: Any) -> DataSet:
        """The target as lineage names it; `is_copy` where its columns are copies of the source's."""
        fields = tuple(
            Field(one.name, str(one.type), one.source if is_copy else None) for one in self.table.columns
        )
        return warehouse_table(self.warehouse, self.region_name, self.table.target, fields=fields, **told)

    @property
    def stage(self) -> Identifier:
        """The table that holds the run's rows of the window."""
        return Identifier(*names.stage(self.staging_schema, self.table.name, self.stamp))

    @property
    def remote(self) -> Identifier:
        """The table as the warehouse sees it at the source."""
        return Identifier(self.source["external_schema"], self.table.name)
