"""Types of single values in the configuration of a federated load."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from switchyard.configuration.types import pattern
from switchyard.federated.column_types import parse
from switchyard.federated.names import LONGEST_NAME, LONGEST_TABLE

_SCHEMA = r"(?!pg_|information_schema(?:\.|$))"
"""Redshift keeps schemas of these names to itself."""
_NAME = rf"[a-z_][a-z0-9_]{{0,{LONGEST_NAME - 1}}}"
_LOWER_CASE = (
    "Use lower-case letters, digits and underscores, a letter first: Redshift folds other names, "
    "and two would be one."
)


def _column_type(value: str) -> str:
    return str(parse(value))


ColumnType = Annotated[str, AfterValidator(_column_type)]
SchemaName = Annotated[
    str,
    pattern(
        rf"{_SCHEMA}{_NAME}", "it is no schema name", f"{_LOWER_CASE} Names with pg_ are Redshift's own."
    ),
]
ColumnName = Annotated[str, pattern(_NAME, "it is no column name", _LOWER_CASE)]
SourceTable = Annotated[
    str, pattern(rf"[a-z_][a-z0-9_]{{0,{LONGEST_TABLE - 1}}}", "it is no table name", _LOWER_CASE)
]
TableName = Annotated[str, pattern(_NAME, "it is no table name", _LOWER_CASE)]
QualifiedName = Annotated[
    str,
    pattern(
        rf"{_SCHEMA}{_NAME}\.{_NAME}",
        "it is no table name with its schema",
        "Write schema.table in lower-case letters, digits and underscores, without quotes; pg_... is Redshift's own.",
    ),
]
SourceDatabase = Annotated[
    str,
    pattern(
        r"[A-Za-z_][A-Za-z0-9_-]{0,62}",
        "it is no database name",
        "Use letters, digits, underscores and hyphens.",
    ),
]
WarehouseDatabase = Annotated[str, pattern(_NAME, "it is no database of a warehouse", _LOWER_CASE)]
Workgroup = Annotated[
    str,
    pattern(
        r"[a-z0-9-]{3,64}",
        "it is no workgroup name",
        "Write the name of a Redshift Serverless workgroup, 3 to 64 lower-case letters, digits and hyphens.",
    ),
]
WarehouseCluster = Annotated[
    str,
    pattern(
        r"[a-z](?:-?[a-z0-9]){0,62}",
        "it is no identifier of a Redshift cluster",
        "Write the cluster's identifier, not its endpoint or ARN.",
    ),
]
DatabaseUser = Annotated[
    str,
    pattern(
        r"[A-Za-z_][A-Za-z0-9_.+@-]{0,126}",
        "it is no database user",
        "Write the name of a user of the warehouse.",
    ),
]
Grantee = Annotated[
    str,
    pattern(
        r"[A-Za-z_][A-Za-z0-9_.+@:-]{0,126}",
        "it is no user, group or role of a warehouse",
        "Write its name as Redshift has it, without quotes; the user of an IAM role is IAMR:ROLE.",
    ),
]
QueryGroup = Annotated[
    str,
    pattern(
        r"[A-Za-z0-9_.-]{1,64}",
        "it is no query group",
        "Write the name that a queue of the workload management is chosen by.",
    ),
]
SecretArn = Annotated[
    str,
    pattern(
        r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]{1,512}",
        "it is no ARN of a secret",
        "Copy the ARN from Secrets Manager; never write a password.",
    ),
]
GlueDatabase = Annotated[str, pattern(_NAME, "it is no name of a Glue database", _LOWER_CASE)]
