"""Rules between the fields of a federated load: warehouse, source, lake and what all tables share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from switchyard.configuration.federated_table_agreement import table_disagreements
from switchyard.configuration.rules import belongs, chained, paced, repeats, scheduled
from switchyard.errors import BadInput

if TYPE_CHECKING:
    from switchyard.configuration.federated_load import FederatedLoad
    from switchyard.configuration.federated_sections import SchemaAdmin, Source, Warehouse


def disagreements(config: FederatedLoad) -> Iterator[BadInput]:
    """Yield every contradiction between the fields of a configuration."""
    yield from _places(config)
    yield from warehouse_disagreements(config.warehouse)
    yield from _schema_admin(config)
    yield from _endpoint(config.source)
    yield from _logins(config.source)
    yield from _schemas(config)
    yield from _views(config)
    for number, table in enumerate(config.tables):
        yield from table_disagreements(f"tables[{number}]", table)
    yield from _lake(config)
    yield from paced(config.waits)
    yield from scheduled(config.schedule)
    yield from chained(config.schedule.asset, {"alert.asset": config.alert.asset})
    yield from repeats(
        {
            "tags": config.tags,
            "tables": tuple(table.name for table in config.tables),
            "tables.target": tuple(table.target for table in config.tables),
            "tables.publish.table": tuple(one.publish.table for one in config.tables if one.publish),
            "tables.view.name": tuple(one.view.name for one in config.tables if one.view),
            "source.grants": tuple(f"{grant.kind} {grant.name}" for grant in config.source.grants),
        }
    )


def _places(config: FederatedLoad) -> Iterator[BadInput]:
    """Every ARN must be of the account and Region in which it is used."""
    here, anywhere = (config.account_id, config.region), (config.account_id, "")
    yield from belongs("warehouse.secret_arn", config.warehouse.secret_arn, here)
    if config.schema_admin:
        yield from belongs("schema_admin.secret_arn", config.schema_admin.secret_arn, here)
    yield from belongs("source.secret_id", config.source.secret_id, here)
    yield from belongs("source.federated_secret_id", config.source.federated_secret_id, here)
    yield from belongs("source.federated_role_arn", config.source.federated_role_arn, anywhere)
    if config.lake:
        yield from belongs("lake.role_arn", config.lake.role_arn, anywhere)


def _schema_admin(config: FederatedLoad) -> Iterator[BadInput]:
    """The one who makes external schemas must be another than the loader, and have one way to log in."""
    admin, warehouse = config.schema_admin, config.warehouse
    if admin is None:
        return
    if (admin.aws_conn_id or config.aws_conn_id, admin.db_user, admin.secret_arn) == (
        config.aws_conn_id,
        warehouse.db_user,
        warehouse.secret_arn,
    ):
        yield BadInput(
            "schema_admin.aws_conn_id",
            admin.aws_conn_id,
            "it is the loader itself",
            "Give it a connection, a db_user or a secret_arn of its own, or remove it.",
        )
    yield from _one_login("schema_admin", admin, warehouse)


def warehouse_disagreements(warehouse: Warehouse) -> Iterator[BadInput]:
    """Redshift takes a workgroup or a cluster, and one way to log in."""
    if (warehouse.workgroup is None) == (warehouse.cluster_id is None):
        yield BadInput(
            "warehouse.workgroup",
            warehouse.workgroup,
            "a warehouse is either a workgroup or a cluster",
            "Name a workgroup or a cluster_id, and not both.",
        )
    yield from _one_login("warehouse", warehouse, warehouse)


def _one_login(section: str, login: SchemaAdmin | Warehouse, warehouse: Warehouse) -> Iterator[BadInput]:
    if warehouse.workgroup and not warehouse.cluster_id and login.db_user:
        yield BadInput(
            f"{section}.db_user",
            login.db_user,
            "a workgroup takes its user from the IAM role",
            "Remove it, or give a secret_arn.",
        )
    if login.db_user and login.secret_arn:
        yield BadInput(
            f"{section}.secret_arn",
            login.secret_arn,
            "db_user logs in with temporary credentials",
            "Remove one of the two.",
        )


def _endpoint(source: Source) -> Iterator[BadInput]:
    """An endpoint must exist, and give a snapshot that Redshift can read."""
    if source.engine in ("mysql", "postgres") and source.endpoint != "writer":
        yield BadInput(
            "source.endpoint",
            source.endpoint,
            "a DB instance has one endpoint",
            "Write writer, or remove it.",
        )
    elif (source.endpoint == "instance") != (source.instance_id is not None):
        yield BadInput(
            "source.instance_id",
            source.instance_id,
            f"it goes with endpoint instance, and the endpoint is {source.endpoint}",
            "Name the instance and write endpoint: instance; or remove it.",
        )
    elif source.endpoint == "reader" and source.engine == "aurora-postgresql":
        yield BadInput(
            "source.endpoint",
            source.endpoint,
            "Redshift opens several connections on one snapshot, and a reader endpoint leads them to several instances",
            "Write endpoint: instance and name one of the readers, or writer.",
        )
    if source.schema_ is not None and source.engine in ("mysql", "aurora-mysql"):
        yield BadInput(
            "source.schema", source.schema_, "MySQL has no schemas inside a database", "Remove it."
        )


def _logins(source: Source) -> Iterator[BadInput]:
    """The source can limit and end a login of Redshift only where nobody else uses it."""
    if source.secret_id == source.federated_secret_id:
        yield BadInput(
            "source.federated_secret_id",
            source.federated_secret_id,
            "it is the pipeline's own login",
            "Give Redshift a login of its own, which may read the tables and nothing else.",
        )


def _schemas(config: FederatedLoad) -> Iterator[BadInput]:
    """External schemas hold nothing of their own; stages must never stand beside what people read."""
    taken = {config.source.external_schema: "source.external_schema"}
    if config.lake:
        yield from _free(taken, "lake.external_schema", config.lake.external_schema)
    yield from _free(taken, "warehouse.staging_schema", config.warehouse.staging_schema)
    for number, table in enumerate(config.tables):
        yield from _free(dict(taken), f"tables[{number}].target", table.target)
        if table.view:
            yield from _free(dict(taken), f"tables[{number}].view.name", table.view.name)


def _views(config: FederatedLoad) -> Iterator[BadInput]:
    """A view and a table of one name cannot be, nor can one table of the lake be written and hold what is old."""
    targets = {table.target for table in config.tables}
    published = {table.publish.table for table in config.tables if table.publish}
    for number, table in enumerate(config.tables):
        if table.view and table.view.name in targets:
            yield BadInput(
                f"tables[{number}].view.name",
                table.view.name,
                "it is the target of a table",
                "Give the view a name of its own.",
            )
        if table.view and table.view.lake_table in published:
            yield BadInput(
                f"tables[{number}].view.lake_table",
                table.view.lake_table,
                "this pipeline publishes it anew, and the view would lose its old rows",
                "Name the table with the old rows, or publish under another name.",
            )


def _free(taken: dict[str, str], field: str, value: str) -> Iterator[BadInput]:
    schema = value.partition(".")[0]
    if other := taken.get(schema):
        yield BadInput(
            field, value, f"its schema is that of {other}", "Name another schema, which nothing else uses."
        )
    taken[schema] = field


def _lake(config: FederatedLoad) -> Iterator[BadInput]:
    if config.lake is not None:
        return
    for number, table in enumerate(config.tables):
        if table.publish is not None:
            yield BadInput(
                f"tables[{number}].publish.table",
                table.publish.table,
                "there is no lake to publish in",
                "Add the section lake, or remove publish.",
            )
        if table.view is not None and table.view.lake_table is not None:
            yield BadInput(
                f"tables[{number}].view.lake_table",
                table.view.lake_table,
                "there is no lake",
                "Add the section lake, or remove lake_table.",
            )
