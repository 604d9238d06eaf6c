"""Reading CREATE EXTERNAL SCHEMA.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_EXTERNAL_SCHEMA.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from sandbox.warehouse.errors import RedshiftError
from sandbox.warehouse.reading import Reader
from sandbox.warehouse.text import read

Engine = Literal["mysql", "postgres", "catalogue"]
PORTS = {"mysql": 3306, "postgres": 5432}
KINDS = {"mysql": 8, "postgres": 3, "catalogue": 1}
"""`eskind` of svv_external_schemas."""
ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/\S+")
MOST_ROLES = 10


@dataclass(frozen=True)
class ExternalSchema:
    """An external schema as it was defined.

    `roles` is the chain of role ARNs, of which the first is attached to the warehouse; "default" stands for the
    default role. `uri`, `port`, `secret` and `remote_schema` are those of a database, `region` that of a catalogue.
    """

    name: str
    engine: Engine
    database: str
    roles: tuple[str, ...]
    uri: str = ""
    port: int = 0
    secret: str = ""
    remote_schema: str = ""
    region: str = ""

    @property
    def options(self) -> dict[str, str]:
        """What svv_external_schemas shows as `esoptions`."""
        found = {
            "IAM_ROLE": ",".join(self.roles),
            "SECRET_ARN": self.secret,
            "URI": self.uri,
            "PORT": str(self.port or ""),
            "SCHEMA": self.remote_schema,
            "REGION": self.region,
        }
        return {name: value for name, value in found.items() if value}

    @property
    def place(self) -> str:
        """The schema or database that its tables are in, at the source."""
        return self.remote_schema or self.database


@dataclass(frozen=True)
class CreateExternalSchema:
    """The statement: a definition, and what to do about what is there and what is not."""

    schema: ExternalSchema
    if_not_exists: bool
    create_database: bool


def read_create_schema(text: str) -> CreateExternalSchema:
    """Read the statement; RedshiftError where it is none or says what cannot be."""
    reader = Reader(read(text))
    reader.expect("CREATE", "EXTERNAL", "SCHEMA")
    if_not_exists = reader.take("IF", "NOT", "EXISTS")
    name = reader.identifier()
    engine = _engine(reader)
    given, create_database = _clauses(reader, engine)
    roles = tuple(given.get("IAM_ROLE", "").split(",")) if given.get("IAM_ROLE") else ()
    schema = ExternalSchema(
        name=name,
        engine=engine,
        database=given.get("DATABASE", ""),
        roles=roles,
        uri=given.get("URI", ""),
        port=int(given.get("PORT", PORTS.get(engine, 0))),
        secret=given.get("SECRET_ARN", ""),
        remote_schema=given.get("SCHEMA", "public") if engine == "postgres" else "",
        region=given.get("REGION", ""),
    )
    _check(schema)
    return CreateExternalSchema(schema, if_not_exists, create_database)


def _engine(reader: Reader) -> Engine:
    reader.expect("FROM")
    if reader.take("MYSQL"):
        return "mysql"
    if reader.take("POSTGRES"):
        return "postgres"
    for other in ("HIVE", "KINESIS", "MSK", "KAFKA", "REDSHIFT"):
        if reader.next.upper == other:
            raise RedshiftError(f"the sandbox has no external schemas from {other}", "0A000")
    reader.take("DATA", "CATALOG")
    return "catalogue"


def _clauses(reader: Reader, engine: Engine) -> tuple[dict[str, str], bool]:
    allowed = {"DATABASE", "URI", "PORT", "IAM_ROLE", "SECRET_ARN", "SCHEMA"}
    if engine == "mysql":
        allowed -= {"SCHEMA"}
    if engine == "catalogue":
        allowed = {"DATABASE", "REGION", "IAM_ROLE", "CATALOG_ROLE", "CATALOG_ID"}
    given: dict[str, str] = {}
    create = False
    while not reader.ended:
        clause = reader.next.upper
        if engine == "catalogue" and reader.take("CREATE", "EXTERNAL", "DATABASE", "IF", "NOT", "EXISTS"):
            create = True
            continue
        if clause not in allowed or clause in given:
            raise reader.unexpected()
        reader.take(clause)
        given[clause] = _value(reader, clause)
    return given, create


def _value(reader: Reader, clause: str) -> str:
    if clause == "PORT":
        return str(reader.integer())
    if clause == "IAM_ROLE" and reader.take("DEFAULT"):
        return "default"
    return reader.text()


def _check(schema: ExternalSchema) -> None:
    needed = {"DATABASE": schema.database, "IAM_ROLE": schema.roles}
    if schema.engine != "catalogue":
        needed |= {"URI": schema.uri, "SECRET_ARN": schema.secret}
    for clause, value in needed.items():
        if not value:
            raise RedshiftError(f"{clause} is required for this external schema", "42601")
    for role in schema.roles:
        if role == "SESSION" and schema.engine != "catalogue":
            raise RedshiftError("IAM_ROLE 'SESSION' is only supported with DATA CATALOG", "0A000")
        if role not in {"default", "SESSION"} and not ROLE.fullmatch(role):
            raise RedshiftError(f"Invalid IAM role ARN: {role}", "22023")
    if len(schema.roles) > MOST_ROLES:
        raise RedshiftError(f"at most {MOST_ROLES} roles can be chained", "22023")
    if "/" in schema.uri or ":" in schema.uri:
        raise RedshiftError(
            f'ERROR: Invalid URI "{schema.uri}": it is a host name without a protocol', "22023"
        )
