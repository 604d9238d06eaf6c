"""GRANT and REVOKE, users and groups.

Sources: https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_USER.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.warehouse import catalogue
from sandbox.warehouse.answers import DONE, Answer
from sandbox.warehouse.catalogue import Known, note
from sandbox.warehouse.errors import IN_TRANSACTION, UNDEFINED_SCHEMA, RedshiftError, syntax_error
from sandbox.warehouse.reading import Reader
from sandbox.warehouse.statements import Form
from sandbox.warehouse.text import Statement
from sandbox.warehouse.users import PUBLIC, Grant

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

OF_SCHEMAS = ("create", "usage", "alter", "drop")
OF_TABLES = ("select", "insert", "update", "delete", "references", "truncate", "drop", "alter")
WHOM = ("USER", "ROLE", "GROUP", "PUBLIC")
Whom = list[tuple[str, str]]


def grant(session: Session, statement: Statement) -> Answer:
    """Grant privileges."""
    return _change(session, Reader(statement, 1), giving=True)


def revoke(session: Session, statement: Statement) -> Answer:
    """Take privileges back."""
    reader = Reader(statement, 1)
    reader.take("GRANT", "OPTION", "FOR")
    return _change(session, reader, giving=False)


def _change(session: Session, reader: Reader, *, giving: bool) -> Answer:
    words = _words(reader)
    if words is None:
        _roles(session, Reader(reader.statement, 1), giving=giving)
        return DONE
    if reader.take("SCHEMA"):
        names = _names(reader)
        whom, _ = _whom(reader, giving=giving)
        _on_schemas(session, names, words, whom, giving=giving)
    elif reader.one_of("DATABASE", "FUNCTION", "PROCEDURE", "LANGUAGE", "MODEL", "DATASHARE", "EXTERNAL"):
        reader.rest()
    else:
        system, found = _tables(session, reader)
        whom, option = _whom(reader, giving=giving)
        opened = {(table, *one) for table in system for one in whom}
        users = session.warehouse.users
        users.opened = users.opened | opened if giving else users.opened - opened
        _on_tables(session, found, words, whom, giving=giving, option=option)
    return DONE


def _words(reader: Reader) -> list[str] | None:
    """Take the privileges in front of ON; None where none follow, but roles."""
    words = []
    while not reader.take("ON"):
        if reader.sees("TO") or reader.sees("FROM") or reader.ended:
            return None
        word = reader.token().text.lower()
        if word not in {",", "privileges"}:
            words.append(word)
    return words


def _roles(session: Session, reader: Reader, *, giving: bool) -> None:
    """Let users have roles, or have them no longer."""
    roles = []
    while not reader.sees("TO" if giving else "FROM"):
        reader.take("ROLE")
        roles.append(reader.user())
        reader.take(",")
    for kind, who in _whom(reader, giving=giving)[0]:
        if kind == "user":
            groups = session.warehouse.users.add(who).groups
            groups.update(roles) if giving else groups.difference_update(roles)


def _names(reader: Reader) -> list[str]:
    names = [reader.identifier()]
    while reader.take(","):
        names.append(reader.identifier())
    return names


def _users(reader: Reader) -> list[str]:
    users = [reader.user()]
    while reader.take(","):
        users.append(reader.user())
    return users


def _whom(reader: Reader, *, giving: bool) -> tuple[Whom, bool]:
    """Take those to whom privileges are granted, and whether they may grant them in turn."""
    reader.expect("TO" if giving else "FROM")
    found: Whom = []
    while True:
        kind = reader.one_of(*WHOM)
        found.append(("public", PUBLIC) if kind == "PUBLIC" else ((kind or "user").lower(), reader.user()))
        if not reader.take(","):
            break
    option = reader.take("WITH", "GRANT", "OPTION")
    reader.one_of("CASCADE", "RESTRICT")
    reader.end()
    return found, option


def _on_schemas(session: Session, names: list[str], words: list[str], whom: Whom, *, giving: bool) -> None:
    given = OF_SCHEMAS[:2] if "all" in words else words
    for name in names:
        if not catalogue.any_schema(session, name):
            raise RedshiftError(f'schema "{name}" does not exist', UNDEFINED_SCHEMA)
        if session.in_transaction and catalogue.outside(session, name):
            raise RedshiftError(
                f"{'GRANT' if giving else 'REVOKE'} on external schema cannot run inside a transaction block",
                IN_TRANSACTION,
            )
        _remembered(session, name)
        for word in given:
            if word not in OF_SCHEMAS:
                raise RedshiftError(f"invalid privilege type {word.upper()} for schema", "0LP01")
            changed = {Grant(name, who, kind, word) for kind, who in whom}
            grants = session.warehouse.users.grants
            session.warehouse.users.grants = grants | changed if giving else grants - changed


def _remembered(session: Session, schema: str) -> None:
    if session.transaction is not None:
        session.transaction.undoing.append(session.warehouse.users.remember(schema))


def _tables(session: Session, reader: Reader) -> tuple[list[str], list[Known]]:
    """Take the tables that privileges are on: system tables, and others."""
    if reader.take("ALL", "TABLES", "IN", "SCHEMA"):
        schemas = _names(reader)
        return [], [one for one in catalogue.relations(session) if one.name.schema in schemas]
    reader.take("TABLE")
    system: list[str] = []
    found: list[Known] = []
    while True:
        schema, table = reader.name(session.warehouse.database)
        if schema in {"", "pg_catalog"} and table in session.warehouse.parts.system_tables:
            system.append(table)
        else:
            found.append(catalogue.existing(session, schema, table))
        if not reader.take(","):
            return system, found


def _on_tables(
    session: Session, tables: list[Known], words: list[str], whom: Whom, *, giving: bool, option: bool
) -> None:
    given = OF_TABLES[:5] if "all" in words else words
    for word in given:
        if word not in OF_TABLES:
            raise syntax_error(word)
    for known in tables:
        changed = {(kind, who, word) for kind, who in whom for word in given}
        kept = [one for one in known.notes.get("grants", ()) if tuple(one[:3]) not in changed]
        grants = sorted([*kept, *([*one, option] for one in changed)] if giving else kept)
        what = "VIEW" if known.view else "TABLE"
        note(session, what, known.name.sql(), {**known.notes, "grants": grants})


def create_user(session: Session, statement: Statement) -> Answer:
    """Make a user or group known; passwords are not checked by the sandbox."""
    reader = Reader(statement, 1)
    if reader.token().upper == "USER":
        name = reader.user()
        words = {token.upper for token in statement.tokens}
        session.warehouse.users.add(name, superuser="CREATEUSER" in words)
        return DONE
    name = reader.user()
    reader.take("WITH")
    if reader.take("USER"):
        for member in _users(reader):
            session.warehouse.users.add(member).groups.add(name)
    return DONE


def alter_group(session: Session, statement: Statement) -> Answer:
    """Add users to a group or take them out."""
    reader = Reader(statement, 2)
    name = reader.user()
    adding = reader.take("ADD", "USER")
    if not adding:
        reader.expect("DROP", "USER")
    for member in _users(reader):
        groups = session.warehouse.users.add(member).groups
        groups.add(name) if adding else groups.discard(name)
    return DONE


def drop_user(session: Session, statement: Statement) -> Answer:
    """Forget a user; groups and roles need no forgetting."""
    reader = Reader(statement, 1)
    if reader.token().upper == "USER":
        reader.take("IF", "EXISTS")
        session.warehouse.users.drop(reader.user())
    return DONE


def accepted(_session: Session, _statement: Statement) -> Answer:
    """Do nothing: the sandbox has nothing that this could change."""
    return DONE


FORMS = (
    Form(r"GRANT\b", grant),
    Form(r"REVOKE\b", revoke),
    Form(r"CREATE (USER|GROUP|ROLE)\b", create_user),
    Form(r"DROP (USER|GROUP|ROLE)\b", drop_user),
    Form(r"ALTER GROUP\b", alter_group),
    Form(r"ALTER (USER|DEFAULT PRIVILEGES|DATABASE|ROLE)\b", accepted),
)
