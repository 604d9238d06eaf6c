"""System tables about users and what they may do.

Sources: https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_SCHEMA_PRIVILEGES.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_RELATION_PRIVILEGES.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sandbox.warehouse import catalogue
from sandbox.warehouse.external import registry
from sandbox.warehouse.statements import SystemTable

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

Row = tuple[Any, ...]


def _of_schemas(session: Session) -> Iterator[Row]:
    for one in sorted(session.warehouse.users.grants):
        yield (
            one.schema,
            one.privilege.upper(),
            _number(session, one.kind, one.grantee),
            one.grantee,
            one.kind,
            False,
        )


def _of_relations(session: Session) -> Iterator[Row]:
    for known in catalogue.relations(session):
        for kind, grantee, privilege, *option in known.notes.get("grants", ()):
            number = _number(session, kind, grantee)
            place = known.name
            yield (
                place.schema,
                place.table,
                privilege.upper(),
                number,
                grantee,
                kind,
                bool(option and option[0]),
            )


def _number(session: Session, kind: str, grantee: str) -> int:
    return session.warehouse.users.number(grantee) if kind == "user" else 0


def _effective(session: Session) -> Iterator[Row]:
    schemas = [*catalogue.schemas(session), *registry.schemas(session)]
    yield from session.warehouse.users.effective(schemas)


def _users(session: Session) -> Iterator[Row]:
    for user in session.warehouse.users.listed():
        yield user.name, user.number, user.superuser, user.superuser, "********"


def _groups(session: Session) -> Iterator[Row]:
    members: dict[str, list[str]] = {}
    for user in session.warehouse.users.listed():
        for group in user.groups:
            members.setdefault(group, []).append(str(user.number))
    for number, (group, users) in enumerate(sorted(members.items()), 1):
        yield group, number, f"{{{','.join(users)}}}"


IDENTITY = {
    "identity_id": "INTEGER", "identity_name": "VARCHAR", "identity_type": "VARCHAR", "admin_option": "BOOLEAN",
}  # fmt: skip
TABLES = {
    "svv_schema_privileges": SystemTable(
        {"namespace_name": "VARCHAR", "privilege_type": "VARCHAR", **IDENTITY}, _of_schemas
    ),
    "svv_relation_privileges": SystemTable(
        {"namespace_name": "VARCHAR", "relation_name": "VARCHAR", "privilege_type": "VARCHAR", **IDENTITY},
        _of_relations,
    ),
    "svv_effective_schema_privileges": SystemTable(
        {"user_name": "VARCHAR", "schema_name": "VARCHAR", "privilege": "VARCHAR"}, _effective
    ),
    "pg_user": SystemTable(
        {
            "usename": "VARCHAR", "usesysid": "INTEGER", "usecreatedb": "BOOLEAN", "usesuper": "BOOLEAN",
            "passwd": "VARCHAR",
        },
        _users,
    ),
    "pg_group": SystemTable({"groname": "VARCHAR", "grosysid": "INTEGER", "grolist": "VARCHAR"}, _groups),
}  # fmt: skip
