"""The parts of a sensitive-data discovery's configuration file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from switchyard.configuration import discovery_types as dt
from switchyard.configuration import synonym_types as st
from switchyard.configuration import types as t
from switchyard.configuration.schedules import Runs, Schedule
from switchyard.discovery.identifiers import DISTANCE

LEAST_USD = 0.01
"""The smallest cap on costs; Airflow's form keeps limits that may be reached, and knows none that may not."""


class Source(t.Section):
    """The database that is searched."""

    engine: Literal["aurora-mysql", "aurora-postgresql", "mysql", "postgres"] = Field(
        description="Engine as RDS names it."
    )
    cluster_id: st.SourceId = Field(
        description="Identifier of the Aurora cluster; of the DB instance where the engine is mysql or postgres."
    )
    secret_id: t.SecretId = Field(
        description="Secret with a login that may read: JSON with username, password and optionally dbname."
    )
    database: t.Database | None = Field(
        None, description="Database to connect to; null takes the secret's dbname."
    )


class Filter(t.Section):
    """Which rows of a table are searched; how to sample, as Macie would leave out whole tables."""

    column: dt.ColumnName = Field(description="Column that is compared; no large value.")
    operator: Literal["eq", "noteq", "gte", "lte", "between", "notbetween", "null", "notnull"] = Field(
        description="As DMS names it."
    )
    value: t.Text | None = Field(None, description="What it is compared with, as text.")
    start: t.Text | None = Field(None, description="First value of between and notbetween.")
    end: t.Text | None = Field(None, description="Last value of between and notbetween.")


class Choice(t.Section):
    """Tables or views to search."""

    schema_: dt.Schema = Field(
        alias="schema", description="Schema, in MySQL the database; % stands for anything."
    )
    table: dt.TableName = Field("%", description="Table or view; % stands for any characters.")
    kind: Literal["table", "view", "all"] = Field(
        "table", description="Views join what Macie knows only together, such as first and last name."
    )
    exclude_columns: tuple[dt.ColumnName, ...] = Field(
        (), description="Columns that are not loaded, such as pictures."
    )
    filters: tuple[Filter, ...] = Field((), description="Which rows; all of them must hold.")


class Excluded(t.Section):
    """Tables that are not searched."""

    schema_: dt.Schema = Field(alias="schema", description="Schema; % stands for anything.")
    table: dt.TableName = Field(description="Table or view; % stands for any characters.")


class Load(t.Section):
    """How rows come into the extract."""

    replication_task_id: dt.ReplicationTaskId = Field(
        description="DMS task of this pipeline alone; each run brings its mappings and settings to what stands here."
    )
    lob_max_kb: int = Field(
        64, ge=1, le=102_400, description="Longest large value in KiB; a longer one fails the load."
    )
    subtasks: int = Field(8, ge=1, le=49, description="Tables loaded at the same time.")
    drift_percent: float = Field(
        0.0,
        ge=0,
        le=100,
        description="How far outside its counts before and after the load a table in use may lie.",
    )


class Extract(t.Section):
    """Where the rows lie while they are searched; it is empty before and after every run."""

    bucket: t.Bucket = Field(description="Private bucket without versions, under a key of its own.")
    folder: t.Prefix = Field(description="BucketFolder of the task's target endpoint; holds nothing else.")
    kms_key_id: t.KeyId = Field(description="Key of the extract, which Macie and DMS may use.")


class Level(t.Section):
    """From how many occurrences in an object on a finding has a severity."""

    occurrences: int = Field(ge=1, le=10**9, description="Number of occurrences.")
    severity: Literal["LOW", "MEDIUM", "HIGH"] = Field(description="Severity from there on.")


class Identifier(t.Section):
    """A custom identifier, for what Macie does not know by itself; e-mail addresses are among that."""

    name: dt.IdentifierName = Field(description="Name; the register says custom:NAME.")
    description: t.Text | None = Field(None, description="What it finds.")
    regex: dt.Regex = Field(description="Regular expression, at most 512 characters.")
    keywords: tuple[dt.Keyword, ...] = Field(
        (), max_length=50, description="Words of which one must be near, or in the column's name."
    )
    ignore_words: tuple[dt.IgnoreWord, ...] = Field(
        (), max_length=10, description="Texts that are not meant."
    )
    distance: int = Field(DISTANCE, ge=1, le=300, description="Characters between keyword and text at most.")
    severity_levels: tuple[Level, ...] = Field(
        (), max_length=3, description="Severities by occurrences; medium from the first on when empty."
    )
    finds: Annotated[tuple[t.Text, ...], t.SOME] = Field(
        description="Texts in which it must find something; tried before each run. Never real data."
    )
    not_finds: tuple[t.Text, ...] = Field((), description="Texts in which it must find nothing.")


class Macie(t.Section):
    """What is searched for."""

    selector: Literal["ALL", "EXCLUDE", "INCLUDE", "NONE", "RECOMMENDED"] = Field(
        "ALL",
        description="Which managed identifiers: all, all but or only the listed, none, those AWS recommends.",
    )
    managed_ids: tuple[dt.ManagedId, ...] = Field((), description="Ids for EXCLUDE and INCLUDE.")
    custom_identifiers: tuple[Identifier, ...] = Field((), description="Further identifiers.")
    allow_list_ids: tuple[dt.AllowListId, ...] = Field(
        (), description="Allow lists; what they match leaves no evidence, so that an exception is better."
    )
    require_results: bool = Field(
        True, description="Whether a run without discovery results, which proves nothing, fails."
    )
    feed: Literal["api", "events"] = Field(
        "api", description="api: findings are asked for; events: they come by EventBridge and Firehose."
    )
    events_bucket: t.Bucket | None = Field(None, description="Bucket that Firehose delivers findings to.")
    events_prefix: t.Prefix | None = Field(None, description="Folder there.")


class Evidence(t.Section):
    """Where findings, results and the register are kept; nothing there holds a value of the source."""

    bucket: t.Bucket = Field(description="Private bucket of findings, results and notes of each run.")
    prefix: t.Prefix = Field("findings/", description="Folder, one for all pipelines of an Athena database.")
    register_bucket: t.Bucket = Field(description="Private bucket of the register.")
    register_prefix: t.Prefix = Field(
        "register/", description="Folder, one for all pipelines of an Athena database."
    )


class Athena(t.Section):
    """Where the register is published and asked."""

    workgroup: dt.Workgroup = Field(
        description="Workgroup that enforces its settings and encrypts its results."
    )
    database: dt.GlueDatabase = Field(description="Glue database of the tables.")


class Alert(t.Section):
    """Who is told of new exposures."""

    topic_arn: t.TopicArn | None = Field(
        None, description="SNS topic; null tells the log and the asset alone."
    )
    asset: st.AssetName | None = Field(None, description="Airflow asset that is updated with each register.")


class ReviewedException(t.Section):
    """An exposure that somebody has looked at: it does not alert, and stays in the register."""

    schema_: dt.Schema = Field(alias="schema", description="Schema of the table.")
    table: dt.TableName = Field(description="Table or view.")
    column: dt.ColumnName = Field(description="Column; * means any.")
    detector: t.Text = Field("*", description="Managed id, or custom:NAME; * means any.")
    owner: t.Text = Field(description="Who answers for it.")
    reason: t.Text = Field(description="Why it may be there.")
    expires: dt.Day = Field(description="Last day on which it holds, YYYY-MM-DD.")


class Cost(t.Section):
    """What a run may cost in Macie."""

    max_usd: float = Field(ge=LEAST_USD, le=1_000_000, description="Estimate above which no run begins.")
    usd_per_gb: float = Field(
        1.0, gt=0, le=100, description="Price of a gigabyte analysed; Macie's price list has it."
    )


class Schedules(Runs):
    """When a run starts by itself; null means never."""

    discovery: Schedule | None = Field(None, description="How often the database is searched.")
    asset: st.AssetName | None = Field(
        None, description="Airflow asset whose update starts a search, such as that of a proved recovery."
    )


class Timeouts(t.Section):
    """Minutes after which a step fails instead of waiting on."""

    checks: float = Field(30.0, ge=0.05, le=10_080, description="Checks, and tests of connections.")
    counts: float = Field(60.0, ge=0.05, le=10_080, description="Counting rows at the source.")
    load: float = Field(720.0, ge=0.05, le=10_080, description="DMS's full load.")
    search: float = Field(1440.0, ge=0.05, le=10_080, description="Macie's job.")
    collect: float = Field(60.0, ge=0.05, le=10_080, description="Findings and results to arrive.")
    publish: float = Field(60.0, ge=0.05, le=10_080, description="Statements of Athena.")
    purge: float = Field(60.0, ge=0.05, le=10_080, description="Emptying the extract.")


class Waits(t.Section):
    """How waiting is done."""

    poll_interval_seconds: float = Field(
        30.0, ge=0.1, le=600, description="Time between two looks at AWS; DMS answers 8 calls a second."
    )
    settle_seconds: float = Field(
        30.0, ge=0.1, le=3600, description="Time between two counts of findings that must agree."
    )
    timeouts_minutes: Timeouts = Field(Timeouts(), description="Deadlines by step.")


class Pools(t.Section):
    """Airflow pools of the steps."""

    default: t.Pool = Field("default_pool", description="Pool of the steps.")
