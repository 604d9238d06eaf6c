"""Configuration of one sensitive-data discovery, as in include/pipelines/sensitive_data_discovery/NAME.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from switchyard.configuration import discovery_sections as s
from switchyard.configuration import types as t
from switchyard.configuration.discovery_agreement import disagreements
from switchyard.configuration.faults import Faults
from switchyard.configuration.instance import Claim, Instance


class SensitiveDataDiscovery(Instance):
    """Keeps a register of the columns of one database that hold sensitive data."""

    folder: ClassVar[str] = "sensitive_data_discovery"

    aws_conn_id: t.ConnectionId = Field("aws_source", description="Airflow connection to the account.")
    account_id: t.AccountId = Field(description="Account of all that the pipeline uses, 12 digits.")
    region: t.Region = Field(description="Region of all that the pipeline uses.")
    source: s.Source
    tables: Annotated[tuple[s.Choice, ...], t.SOME] = Field(description="Tables and views to search.")
    excluded: tuple[s.Excluded, ...] = Field((), description="Tables and views of these that are not.")
    load: s.Load
    extract: s.Extract
    macie: s.Macie = s.Macie()
    evidence: s.Evidence
    athena: s.Athena
    alert: s.Alert = s.Alert()
    exceptions: tuple[s.ReviewedException, ...] = Field(
        (), description="Exposures that somebody answers for until a day."
    )
    cost: s.Cost
    schedule: s.Schedules = s.Schedules()
    waits: s.Waits = s.Waits()
    pools: s.Pools = s.Pools()

    @model_validator(mode="after")
    def _agree(self) -> SensitiveDataDiscovery:
        """Raise every contradiction between fields at once."""
        if faults := tuple(disagreements(self)):
            raise Faults(faults)
        return self

    @property
    def choices(self) -> list[dict[str, Any]]:
        """The tables to search, as ``switchyard.discovery.mappings`` takes them."""
        return [one.model_dump(mode="json", by_alias=True) for one in self.tables]

    def claims(self) -> Iterator[Claim]:
        """Two pipelines must not use one task, nor empty each other's extract."""
        yield Claim(
            field="load.replication_task_id",
            value=self.load.replication_task_id,
            key=f"replication task {self.account_id}/{self.region}/{self.load.replication_task_id.lower()}",
            deed="this task is used",
            remedy="Give each pipeline a task of its own.",
        )
        yield Claim(
            field="extract.folder",
            value=self.extract.folder,
            key=f"extract {self.extract.bucket}/{self.extract.folder}",
            deed="this folder is loaded into, and emptied,",
            remedy="Give each pipeline a folder of its own.",
        )
