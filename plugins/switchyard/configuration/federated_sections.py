"""The parts of a federated load's configuration file: warehouse, source, lake, schedule and waits."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from switchyard.configuration import federated_types as ft
from switchyard.configuration import synonym_types as st
from switchyard.configuration import types as t
from switchyard.configuration.schedules import Runs, Schedule


class WarehouseLogin(t.Section):
    """Who comes to a warehouse."""

    db_user: ft.DatabaseUser | None = Field(
        None, description="User of a cluster to log in as; null logs in as the user of the IAM role."
    )
    secret_arn: ft.SecretArn | None = Field(
        None, description="Secret with a login to the warehouse; null logs in with temporary credentials."
    )


class Warehouse(WarehouseLogin):
    """The Redshift database that is loaded: of a workgroup or of a cluster."""

    workgroup: ft.Workgroup | None = Field(None, description="Workgroup of Redshift Serverless.")
    cluster_id: ft.WarehouseCluster | None = Field(None, description="Identifier of a provisioned cluster.")
    database: ft.WarehouseDatabase = Field(description="Database of the warehouse.")
    query_group: ft.QueryGroup | None = Field(
        None, description="Query group of the statements that read and write, by which a queue is chosen."
    )
    staging_schema: ft.SchemaName = Field(
        "etl_stage", description="Schema that holds stages; nothing else should be there."
    )


class SchemaAdmin(WarehouseLogin):
    """Who makes and mends external schemas where the loader may not, so that it cannot point one elsewhere.

    Its user needs CREATE on the database and on the staging schema, where it keeps its notes.
    """

    aws_conn_id: t.ConnectionId | None = Field(
        None, description="Airflow connection of a role of its own; null takes the pipeline's."
    )


class Grant(t.Section):
    """Who may use an external schema."""

    kind: Literal["user", "group", "role"] = Field(description="What the name is of.")
    name: ft.Grantee = Field(description="Name in the warehouse.")


class Source(t.Section):
    """The database whose tables are loaded, and who logs in: the pipeline to check, Redshift to read."""

    engine: Literal["aurora-mysql", "aurora-postgresql", "mysql", "postgres"] = Field(
        description="Engine as RDS names it."
    )
    cluster_id: st.SourceId = Field(
        description="Identifier of the Aurora cluster; of the DB instance where the engine is mysql or postgres."
    )
    database: ft.SourceDatabase = Field(description="Database that holds the tables.")
    schema_: ft.SchemaName | None = Field(
        None, alias="schema", description="Schema of the tables in PostgreSQL; null is public. None in MySQL."
    )
    endpoint: Literal["writer", "reader", "instance"] = Field(
        "writer",
        description="Endpoint that Redshift reads from; of a DB instance, writer is its only one.",
    )
    instance_id: st.SourceId | None = Field(
        None, description="DB instance of the cluster, where endpoint is instance."
    )
    secret_id: t.SecretId = Field(
        description="Secret with the pipeline's own login, which may read: JSON with username and password."
    )
    federated_secret_id: t.SecretId = Field(
        description="Secret with Redshift's login, name or ARN; the pipeline never reads it."
    )
    federated_role_arn: t.RoleArn = Field(
        description="Role of the warehouse that reads that secret; attached to its cluster or namespace."
    )
    external_schema: ft.SchemaName = Field(
        description="External schema of the warehouse over this source; this pipeline makes and mends it."
    )
    grants: tuple[Grant, ...] = Field(
        (), description="Who else may use the external schema; grants that it has already are kept."
    )


class Lake(t.Section):
    """Where loaded tables are published as Parquet, and where the three-source view finds old rows."""

    bucket: t.Bucket = Field(description="Private bucket of the lake.")
    prefix: t.Prefix = Field("published/", description="Folder of all that this pipeline publishes.")
    database: ft.GlueDatabase = Field(description="Database of the Glue catalogue; made where it is missing.")
    external_schema: ft.SchemaName = Field(
        description="External schema of the warehouse over that database; this pipeline makes and mends it."
    )
    role_arn: t.RoleArn = Field(
        description="Role of the warehouse that reads and writes there; attached to its cluster or namespace."
    )
    grants: tuple[Grant, ...] = Field((), description="Who else may use the external schema.")


class Alert(t.Section):
    """What is told of a load."""

    asset: st.AssetName | None = Field(None, description="Airflow asset that is updated by each load.")


class Schedules(Runs):
    """When a load starts by itself; its window is the time since the run before it."""

    load: Schedule | None = Field(None, description="How often; null never.")
    asset: st.AssetName | None = Field(
        None, description="Airflow asset whose update starts a load of all that is not loaded yet."
    )


class Timeouts(t.Section):
    """Minutes after which a step fails instead of waiting on."""

    checks: float = Field(30.0, ge=0.05, le=10_080, description="Checks, plans and schemas.")
    stage: float = Field(360.0, ge=0.05, le=10_080, description="Reading the source, with its settling.")
    apply: float = Field(120.0, ge=0.05, le=10_080, description="The transaction on the target.")
    deletes: float = Field(360.0, ge=0.05, le=10_080, description="Comparing all keys.")
    reconcile: float = Field(360.0, ge=0.05, le=10_080, description="Comparing source and target.")
    publish: float = Field(360.0, ge=0.05, le=10_080, description="Writing Parquet and the flip.")
    tidy: float = Field(120.0, ge=0.05, le=10_080, description="Dropping stages, statistics.")


class Waits(t.Section):
    """How waiting is done."""

    poll_interval_seconds: float = Field(
        5.0, ge=0.1, le=600, description="Time between two looks at a statement."
    )
    timeouts_minutes: Timeouts = Field(Timeouts(), description="Deadlines by step.")


class Pools(t.Section):
    """Airflow pools of the steps."""

    default: t.Pool = Field("default_pool", description="Pool of the steps.")
    warehouse: t.Pool | None = Field(
        None, description="Pool of the steps that write to the warehouse; null takes the default."
    )
