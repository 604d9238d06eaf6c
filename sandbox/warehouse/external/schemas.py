"""CREATE EXTERNAL SCHEMA, and DROP and ALTER of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.warehouse.answers import DONE, Answer
from sandbox.warehouse.errors import DUPLICATE_SCHEMA, NOT_ALLOWED, NOT_SUPPORTED, RedshiftError
from sandbox.warehouse.external import access, registry
from sandbox.warehouse.external.definitions import ExternalSchema, read_create_schema
from sandbox.warehouse.external.lake_tables import in_redshifts_words
from sandbox.warehouse.reading import Reader
from sandbox.warehouse.statements import Form
from sandbox.warehouse.text import Statement

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session


def create(session: Session, statement: Statement) -> Answer:
    """Keep a definition; nothing is connected to before a query does, so that a wrong one is found there.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_EXTERNAL_SCHEMA.html
    """
    asked = read_create_schema(statement.text)
    if registry.is_taken(session, asked.schema.name):
        if asked.if_not_exists:
            return DONE
        raise RedshiftError(f'Schema "{asked.schema.name}" already exists', DUPLICATE_SCHEMA)
    if asked.create_database:
        _create_database(session, asked.schema)
    registry.add(session, asked.schema)
    session.own(asked.schema.name, session.user)
    return DONE


def _create_database(session: Session, schema: ExternalSchema) -> None:
    surroundings = session.warehouse.surroundings
    catalogue = surroundings.catalogue(access.roles(surroundings, schema.roles))
    with in_redshifts_words():
        if not catalogue.has_database(schema.database):
            catalogue.create_database(schema.database, {"Name": schema.database})


def drop(session: Session, statement: Statement) -> Answer:
    """Forget a definition; what is behind it stays, unless the external database is to go as well."""
    reader = Reader(statement)
    reader.expect("DROP", "SCHEMA")
    reader.take("IF", "EXISTS")
    names = [reader.identifier()]
    while reader.take(","):
        names.append(reader.identifier())
    database_too = reader.take("DROP", "EXTERNAL", "DATABASE")
    reader.take("CASCADE") or reader.take("RESTRICT")
    reader.end()
    for name in names:
        schema = registry.schemas(session).get(name)
        if schema is not None:
            _require_owner(session, name)
            if database_too:
                _drop_database(session, schema)
        registry.remove(session, name)
        session.own(name, None)
    return DONE


def _drop_database(session: Session, schema: ExternalSchema) -> None:
    if schema.engine != "catalogue":
        raise RedshiftError("DROP EXTERNAL DATABASE is not supported for federated schemas", NOT_SUPPORTED)
    surroundings = session.warehouse.surroundings
    catalogue = surroundings.catalogue(access.roles(surroundings, schema.roles))
    with in_redshifts_words():
        catalogue.drop_database(schema.database)


def alter(session: Session, statement: Statement) -> Answer:
    """Refuse to change a definition; only its owner can be another.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/federated-limitations.html
    """
    reader = Reader(statement)
    reader.expect("ALTER", "SCHEMA")
    name = reader.identifier()
    if not reader.take("OWNER", "TO"):
        raise RedshiftError(f'ALTER SCHEMA is not supported for the external schema "{name}"', NOT_SUPPORTED)
    owner = reader.identifier()
    _require_owner(session, name)
    registry.give(session, name, owner)
    session.own(name, owner)
    return DONE


def _require_owner(session: Session, name: str) -> None:
    if not session.superuser and session.warehouse.users.owner(name).lower() != session.user.lower():
        raise RedshiftError(f"must be owner of schema {name}", NOT_ALLOWED)


def _names_external(session: Session, statement: Statement) -> bool:
    """Tell whether DROP or ALTER SCHEMA is about an external one."""
    reader = Reader(statement)
    reader.take("DROP") or reader.take("ALTER")
    reader.expect("SCHEMA")
    reader.take("IF", "EXISTS")
    return reader.identifier() in registry.schemas(session)


FORMS = (
    Form(r"CREATE EXTERNAL SCHEMA\b", create),
    Form(r"DROP SCHEMA\b", drop, applies=_names_external),
    Form(r"ALTER SCHEMA\b", alter, applies=_names_external),
)
