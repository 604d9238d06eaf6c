"""CREATE, ALTER and DROP of the warehouse's own schemas.

Sources: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_SCHEMA.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_DROP_SCHEMA.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.warehouse import catalogue
from sandbox.warehouse.alterations import forget
from sandbox.warehouse.answers import DONE, Answer
from sandbox.warehouse.catalogue import quoted
from sandbox.warehouse.errors import DUPLICATE_SCHEMA, UNDEFINED_SCHEMA, RedshiftError
from sandbox.warehouse.locks import EXCLUSIVE
from sandbox.warehouse.reading import Reader
from sandbox.warehouse.statements import Form
from sandbox.warehouse.text import Statement

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session


def create(session: Session, statement: Statement) -> Answer:
    """Make a schema."""
    reader = Reader(statement, 2)
    lenient = reader.take("IF", "NOT", "EXISTS")
    owner = session.user
    name = "" if reader.sees("AUTHORIZATION") else reader.identifier()
    if reader.take("AUTHORIZATION"):
        owner = reader.user()
    if reader.take("QUOTA"):
        reader.rest()
    reader.end()
    name = name or owner
    if catalogue.any_schema(session, name):
        if lenient:
            return DONE
        raise RedshiftError(f'schema "{name}" already exists', DUPLICATE_SCHEMA)
    session.run(f"CREATE SCHEMA {quoted(session.warehouse.database)}.{quoted(name)}")
    session.own(name, owner)
    return DONE


def drop(session: Session, statement: Statement) -> Answer:
    """Drop schemas, and what is in them only with CASCADE."""
    reader = Reader(statement, 2)
    lenient = reader.take("IF", "EXISTS")
    names = [reader.identifier()]
    while reader.take(","):
        names.append(reader.identifier())
    cascade = reader.one_of("CASCADE", "RESTRICT") == "CASCADE"
    reader.end()
    for name in names:
        if not catalogue.has_schema(session, name):
            if lenient:
                continue
            raise RedshiftError(f'schema "{name}" does not exist', UNDEFINED_SCHEMA)
        inside = [one for one in catalogue.relations(session) if one.name.schema == name]
        if inside and not cascade:
            raise RedshiftError(f"cannot drop schema {name} because other objects depend on it", "2BP01")
        session.touch(writes=[one.name for one in inside], mode=EXCLUSIVE)
        session.run(f"DROP SCHEMA {quoted(session.warehouse.database)}.{quoted(name)} CASCADE")
        session.own(name, None)
        for one in inside:
            forget(session, one.name)
    return DONE


def alter(session: Session, statement: Statement) -> Answer:
    """Give a schema another owner."""
    reader = Reader(statement, 2)
    name = reader.identifier()
    if not catalogue.has_schema(session, name):
        raise RedshiftError(f'schema "{name}" does not exist', UNDEFINED_SCHEMA)
    if reader.take("QUOTA"):
        return DONE
    reader.expect("OWNER", "TO")
    session.own(name, reader.user())
    return DONE


FORMS = (
    Form(r"CREATE SCHEMA\b", create),
    Form(r"DROP SCHEMA\b", drop),
    Form(r"ALTER SCHEMA\b", alter),
)
