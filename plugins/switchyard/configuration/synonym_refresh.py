"""Configuration of one synonym set, as written in include/pipelines/synonym_refresh/NAME.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from switchyard.configuration import synonym_sections as s
from switchyard.configuration import synonym_types as st
from switchyard.configuration.faults import Faults
from switchyard.configuration.instance import Claim, Instance, SqlFile
from switchyard.configuration.synonym_agreement import disagreements
from switchyard.configuration.types import SOME

DATABASES: dict[str, Literal["mysql", "postgres"]] = {
    "aurora-mysql": "mysql",
    "mysql": "mysql",
    "aurora-postgresql": "postgres",
    "postgres": "postgres",
}
"""Which SQL an engine speaks."""


class SynonymRefresh(Instance):
    """Keeps the synonyms of some search indexes equal to the rows of a table."""

    folder: ClassVar[str] = "synonym_refresh"

    locale: st.Locale | None = Field(
        None, description="Rows of this locale, and of none, make the set; null takes every row."
    )
    source: s.Source
    store: s.Store
    package: s.Package
    analysis: s.Analysis = s.Analysis()
    domains: Annotated[tuple[s.Domain, ...], SOME] = Field(
        description="Domains that receive each release, of one account and Region."
    )
    apply: s.Apply = s.Apply()
    probes: tuple[s.Probe, ...] = Field((), description="Searches that prove each release.")
    limits: s.Limits = s.Limits()
    approval: s.Approval = s.Approval()
    schedule: s.Schedules = s.Schedules()
    waits: s.Waits = s.Waits()
    pools: s.Pools = s.Pools()

    @model_validator(mode="after")
    def _agree(self) -> SynonymRefresh:
        """Raise every contradiction between fields at once."""
        if faults := tuple(disagreements(self)):
            raise Faults(faults)
        return self

    @property
    def database_engine(self) -> Literal["mysql", "postgres"]:
        """Which SQL the source speaks."""
        return DATABASES[self.source.engine]

    @property
    def folder_key(self) -> str:
        """Beginning of the keys of all the set's objects in the bucket, with its slash."""
        return f"{self.store.prefix}{self.name}/"

    def probes_of(self, domain: s.Domain) -> list[dict[str, Any]]:
        """Give the probes that a domain can answer, as JSON, with index and field named."""
        indexes = {index.name: index for index in domain.indexes}
        found = []
        for probe in self.probes:
            index = indexes.get(probe.index) if probe.index else _only(domain.indexes)
            if index is not None:
                named = {"index": index.name, "field": probe.field or index.fields[0]}
                found.append(probe.model_dump(mode="json") | named)
        return found

    @property
    def all_probes(self) -> list[dict[str, Any]]:
        """The probes of all domains, each once."""
        found: list[dict[str, Any]] = []
        for domain in self.domains:
            found += [probe for probe in self.probes_of(domain) if probe not in found]
        return found

    def claims(self) -> Iterator[Claim]:
        """Two pipelines must not publish the same package."""
        place = self.domains[0]
        yield Claim(
            field="package.name",
            value=self.package.name,
            key=f"package {place.account_id}/{place.region}/{self.package.name}",
            deed="this package is published",
            remedy="Give each synonym set a package of its own.",
        )

    def sql_files(self) -> Iterator[SqlFile]:
        """The statement that reads the rows."""
        home = PurePosixPath(self.folder, self.database_engine)
        yield SqlFile("source.statement", self.source.statement, home)


def _only(indexes: tuple[s.Index, ...]) -> s.Index | None:
    return indexes[0] if len(indexes) == 1 else None
