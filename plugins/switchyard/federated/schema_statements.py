"""The statements that make, mend and try an external schema, and what their rows say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from switchyard.federated.external_schema import Definition, Registered
from switchyard.federated.grants import Grantee
from switchyard.federated.tables import LoadTable, bound
from switchyard.federated.windows import EPOCH
from switchyard.redshift import literals
from switchyard.redshift.identifiers import Identifier
from switchyard.redshift.literals import Number, Text
from switchyard.sql import RedshiftSql, render_redshift


def look(definition: Definition, registry: Identifier) -> list[RedshiftSql]:
    """How the schema is, who may use it, what was noted of it: three results in this order."""
    name = Text(definition.name)
    return [
        render_redshift("schema/select_external_schema.sql", name=name),
        render_redshift("schema/select_grants.sql", name=name),
        render_redshift("schema/select_note.sql", registry=registry, name=name),
    ]


def note(
    definition: Definition, registry: Identifier, grants: Sequence[Mapping[str, str]], oid: int | None
) -> list[RedshiftSql]:
    """Note how a schema was made, or, without an oid, that it is about to be made anew."""
    name = Text(definition.name)
    return [
        render_redshift("schema/delete_note.sql", registry=registry, name=name),
        render_redshift(
            "schema/insert_note.sql",
            registry=registry,
            name=name,
            oid=Number(oid) if oid else None,
            fingerprint=Text(definition.fingerprint) if oid else None,
            grants=Text(json.dumps(list(grants))),
        ),
    ]


def read_note(rows: Sequence[Mapping[str, Any]]) -> tuple[Registered | None, list[dict[str, str]]]:
    """What was noted: how the schema was made, and grants that are still to be given back."""
    if not rows:
        return None, []
    row = rows[0]
    if row["fingerprint"] is None:
        return None, json.loads(row["grants"])
    return Registered(int(row["schema_oid"]), str(row["fingerprint"]).strip()), []


def drop(definition: Definition) -> RedshiftSql:
    """Drop the schema, and nothing of what it shows."""
    return render_redshift("schema/drop_external_schema.sql", schema=Identifier(definition.name))


def create(definition: Definition) -> RedshiftSql:
    """Make the schema."""
    given: dict[str, Any] = {
        "schema": Identifier(definition.name),
        "database": Text(definition.database),
        "role_arn": literals.RoleArn(definition.role_arn),
    }
    if definition.kind == "catalogue":
        region = literals.RegionName(definition.region)
        return render_redshift("schema/create_catalogue_schema.sql", region=region, **given)
    given |= {
        "host": literals.HostName(definition.host),
        "port": Number(definition.port),
        "secret_arn": literals.SecretArn(definition.secret_arn),
    }
    if definition.kind == "postgres":
        given["remote_schema"] = Text(definition.remote_schema)
    return render_redshift(f"schema/create_{definition.kind}_schema.sql", **given)


def grant(definition: Definition, grantee: Mapping[str, str]) -> RedshiftSql:
    """Let somebody use the schema."""
    return render_redshift(
        "schema/grant_usage.sql",
        schema=Identifier(definition.name),
        grantee=Grantee(grantee["kind"], grantee["name"]),
    )


def columns_seen(schema: str, tables: Sequence[LoadTable]) -> RedshiftSql:
    """Which columns an external schema's login sees."""
    return render_redshift(
        "schema/select_external_columns.sql",
        name=Text(schema),
        tables=[Text(table.name) for table in tables],
    )


def canary(schema: str, tables: Sequence[LoadTable]) -> RedshiftSql | None:
    """A query that the source must answer and that moves no row; None where no table has a watermark to ask by."""
    for table in tables:
        if table.watermark is not None:
            return render_redshift(
                "schema/canary.sql",
                remote=Identifier(schema, table.name),
                watermark=Identifier(table.watermark.source),
                long_ago=bound(table.watermark, EPOCH),
            )
    return None


def unseen(tables: Sequence[LoadTable], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Columns, with their tables, that a load reads and the schema's login does not see."""
    seen = {(str(row["tablename"]), str(row["columnname"])) for row in rows}
    return [
        f"{table.name}.{column.source}"
        for table in tables
        for column in table.columns
        if (table.name, column.source) not in seen
    ]


def create_target(table: LoadTable) -> RedshiftSql:
    """Make the target of a table where there is none."""
    required = {*table.key, *([table.watermark.name] if table.watermark else [])}
    content = table.content
    return render_redshift(
        "schema/create_target.sql",
        target=table.target_identifier,
        columns=[column.defined() | {"is_required": column.name in required} for column in table.columns],
        flag=Identifier(table.flag) if table.flag else None,
        dist_key=Identifier(content["dist_key"]) if content["dist_key"] else None,
        sort_key=[Identifier(name) for name in content["sort_key"]],
    )
