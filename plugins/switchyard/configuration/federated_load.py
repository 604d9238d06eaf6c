"""Configuration of one federated load, as written in include/pipelines/federated_load/NAME.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from switchyard.configuration import federated_sections as s
from switchyard.configuration import types as t
from switchyard.configuration.faults import Faults
from switchyard.configuration.federated_agreement import disagreements
from switchyard.configuration.federated_tables import Table
from switchyard.configuration.instance import Claim, Instance


class FederatedLoad(Instance):
    """Keeps tables of a warehouse equal to tables of a live database."""

    folder: ClassVar[str] = "federated_load"

    aws_conn_id: t.ConnectionId = Field("aws_source", description="Airflow connection to the account.")
    account_id: t.AccountId = Field(description="Account of warehouse, source and lake, 12 digits.")
    region: t.Region = Field(description="Region of all of them.")
    warehouse: s.Warehouse
    schema_admin: s.SchemaAdmin | None = Field(
        None, description="Who makes external schemas; null means the loader, who makes everything else."
    )
    source: s.Source
    lake: s.Lake | None = Field(None, description="The lake; null publishes nothing.")
    tables: Annotated[tuple[Table, ...], t.SOME] = Field(description="Tables to load.")
    lookback_minutes: float = Field(
        5.0,
        ge=0,
        le=10_080,
        description="How long before its window a run reads again: longest transaction at the source, and clock skew.",
    )
    settle_seconds: float = Field(
        60.0, ge=0, le=86_400, description="How long after the end of its window a run begins to read."
    )
    alert: s.Alert = s.Alert()
    schedule: s.Schedules = s.Schedules()
    waits: s.Waits = s.Waits()
    pools: s.Pools = s.Pools()

    @model_validator(mode="after")
    def _agree(self) -> FederatedLoad:
        """Raise every contradiction between fields at once."""
        if faults := tuple(disagreements(self)):
            raise Faults(faults)
        return self

    @property
    def place(self) -> str:
        """The database that is loaded, as claims name it."""
        warehouse = self.warehouse
        server = (
            f"workgroup {warehouse.workgroup}" if warehouse.workgroup else f"cluster {warehouse.cluster_id}"
        )
        return f"{self.account_id}/{self.region} {server} {warehouse.database}"

    def table(self, name: str) -> dict[str, Any]:
        """A table's configuration as operators take it."""
        (found,) = (one for one in self.tables if one.name == name)
        return found.model_dump(mode="json", by_alias=True)

    def claims(self) -> Iterator[Claim]:
        """Two pipelines must not write one table, nor mend one external schema."""
        for number, table in enumerate(self.tables):
            yield Claim(
                field=f"tables[{number}].target",
                value=table.target,
                key=f"relation {self.place} {table.target}",
                deed="a table or view of this name is made",
                remedy="Give each pipeline targets of its own.",
            )
            if table.view:
                yield Claim(
                    field=f"tables[{number}].view.name",
                    value=table.view.name,
                    key=f"relation {self.place} {table.view.name}",
                    deed="a table or view of this name is made",
                    remedy="Give each pipeline views of its own.",
                )
            if self.lake and table.publish:
                yield Claim(
                    field=f"tables[{number}].publish.table",
                    value=table.publish.table,
                    key=f"lake {self.account_id}/{self.region} {self.lake.database}.{table.publish.table}",
                    deed="this table is published",
                    remedy="Publish under another name, or in another database of the catalogue.",
                )
        yield Claim(
            field="source.external_schema",
            value=self.source.external_schema,
            key=f"external schema {self.place} {self.source.external_schema}",
            deed="this external schema is made",
            remedy="Give each pipeline an external schema of its own, over a login of its own.",
        )
