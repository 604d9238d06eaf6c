"""The parts of a synonym refresh's configuration file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from switchyard.configuration import synonym_types as st
from switchyard.configuration import types as t
from switchyard.configuration.schedules import Runs, Schedule

Use = Literal["search_time", "index_time"]


class Source(t.Section):
    """The database whose rows are the synonyms."""

    aws_conn_id: t.ConnectionId = Field("aws_source", description="Airflow connection to its account.")
    account_id: t.AccountId = Field(description="Account of the database, 12 digits.")
    region: t.Region = Field(description="Region of the database.")
    engine: Literal["aurora-mysql", "aurora-postgresql", "mysql", "postgres"] = Field(
        description="Engine as RDS names it."
    )
    cluster_id: st.SourceId = Field(
        description="Identifier of the Aurora cluster; of the DB instance where the engine is mysql or postgres."
    )
    secret_id: t.SecretId = Field(
        description="Secret with the login, JSON with username, password and optionally dbname."
    )
    database: t.Database | None = Field(
        None, description="Database to connect to; null takes the secret's dbname."
    )
    statement: st.Statement = Field(
        "article.sql", description="SQL file in include/sql/synonym_refresh/mysql or postgres."
    )
    table: t.Table = Field("SynonymsTable", description="Table that the statement reads.")


class Store(t.Section):
    """Where the files of all releases are kept."""

    bucket: t.Bucket = Field(description="Private bucket in the package's Region, encrypted with SSE-S3.")
    prefix: t.Prefix = Field("synonyms/", description="Folder; each synonym set has its own below it.")


class Package(t.Section):
    """The package that brings the file to the domains."""

    name: st.PackageName = Field(description="Name of the package, 3 to 28 characters.")
    id: st.PackageId | None = Field(
        None, description="Id that the package must have; null takes what bears the name at run time."
    )


class Analysis(t.Section):
    """The analysis before the synonym filter, as the indexes have it: rules are checked against it."""

    tokenizer: Literal["standard", "whitespace", "keyword"] = Field(
        "standard", description="The analyzer's tokenizer."
    )
    filters: tuple[st.Filter, ...] = Field(
        ("lowercase",), description="Filters before the synonyms, in order: lowercase, asciifolding, stop."
    )


class Index(t.Section):
    """An index that looks up the synonyms."""

    name: st.IndexName = Field(description="The index.")
    fields: Annotated[tuple[st.FieldName, ...], t.SOME] = Field(
        description="Fields analyzed with the synonyms."
    )
    use: Use = Field(
        "search_time",
        description="search_time: an updateable search analyzer; index_time: documents are indexed again.",
    )
    alias: st.IndexName | None = Field(
        None, description="Alias that applications search; index_time moves it to the new index."
    )

    @property
    def searched(self) -> str:
        """What applications and probes search."""
        return self.alias or self.name


class Domain(t.Section):
    """A domain that receives each release."""

    aws_conn_id: t.ConnectionId = Field("aws_source", description="Airflow connection to its account.")
    account_id: t.AccountId = Field(description="Account of the domain, 12 digits.")
    region: t.Region = Field(description="Region of the domain, that of the package and the bucket.")
    name: st.DomainName = Field(description="The domain.")
    search_conn_id: t.ConnectionId | None = Field(
        None, description="Airflow connection for searches where they are not signed; null signs with AWS."
    )
    indexes: Annotated[tuple[Index, ...], t.SOME] = Field(description="Indexes that look up the synonyms.")


class Apply(t.Section):
    """How a release takes effect in the indexes."""

    refresh: Literal["auto", "explicit"] = Field(
        "auto", description="auto: the service refreshes updateable analyzers; explicit: the run asks for it."
    )
    keep_old_index_hours: int = Field(
        24, ge=0, le=8760, description="How long an index is kept after index_time replaced it."
    )
    block_writes: bool = Field(
        True,
        description="Whether an index refuses writes while index_time copies its documents; copying does not follow "
        "them. False where applications write to both indexes meanwhile.",
    )


class Probe(t.Section):
    """A search that proves a release."""

    query: t.Text = Field(description="What is searched.")
    index: st.IndexName | None = Field(None, description="Index to search; null where a domain has only one.")
    field: st.FieldName | None = Field(None, description="Field to search; null where an index has only one.")
    finds: tuple[t.Text, ...] = Field((), description="Texts of the field that must be among the hits.")
    not_finds: tuple[t.Text, ...] = Field((), description="Texts of the field that must not be.")
    when: Literal["always", "listed"] = Field(
        "always", description="listed: only while the release has a rule with the query as one of its terms."
    )


class Limits(t.Section):
    """How wide rules may be, and how much a release may change."""

    max_shrink_percent: float = Field(
        30.0, ge=0, le=100, description="Rules that a release may lose at most, unless forced."
    )
    warn_expansions: int = Field(
        100, ge=2, le=1000, description="Expansions of one term from which a warning is given."
    )
    max_expansions: int = Field(
        500, ge=2, le=1000, description="Expansions of one term that are allowed; Lucene fails at 1025."
    )
    max_change_percent_without_approval: float = Field(
        20.0, ge=0, le=100, description="Rules that a release may change at most before a person is asked."
    )


class Approval(t.Section):
    """How a person is asked about a large change."""

    timeout_hours: float = Field(12.0, gt=0, le=720, description="How long an answer is waited for.")
    on_timeout: Literal["reject", "approve"] = Field("reject", description="What no answer means.")
    approvers: tuple[t.Text, ...] = Field(
        (), description="Ids of the Airflow users who may answer; everybody with access when empty."
    )


class Schedules(Runs):
    """When a refresh starts by itself; both null means never."""

    refresh: Schedule | None = Field(None, description="How often the rows are looked at.")
    asset: st.AssetName | None = Field(None, description="Airflow asset whose events start a refresh.")


class Timeouts(t.Section):
    """Minutes after which a step fails instead of waiting on."""

    checks: int = Field(30, ge=1, le=10_080, description="Checks, comparison, publishing and recording.")
    build: int = Field(60, ge=1, le=10_080, description="Reading the rows and building the file.")
    package: int = Field(15, ge=1, le=10_080, description="The package's copying and validating.")
    association: int = Field(45, ge=1, le=10_080, description="One domain's taking over of the version.")
    apply: int = Field(720, ge=1, le=10_080, description="Refresh of the analyzers, or indexing again.")
    probes: float = Field(
        15.0,
        ge=0.05,
        le=10_080,
        description="Searches until they find what they must; then the run rolls back.",
    )


class Waits(t.Section):
    """How waiting is done."""

    poll_interval_seconds: float = Field(15.0, ge=0.1, le=600, description="Time between two looks at AWS.")
    settle_seconds: float = Field(
        300.0,
        ge=0.1,
        le=3600,
        description="How long AWS may go on showing the state before a change; a repeated step waits that long.",
    )
    timeouts_minutes: Timeouts = Field(Timeouts(), description="Deadlines by step.")


class Pools(t.Section):
    """Airflow pools of the steps."""

    default: t.Pool = Field("default_pool", description="Pool of the steps.")
