"""How a warehouse gets at what an external schema names: roles that are attached to it, and the secret of a login."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from sandbox.warehouse.errors import CONNECTION, NOT_ALLOWED, RedshiftError
from sandbox.warehouse.external.databases import Login

if TYPE_CHECKING:
    from sandbox.warehouse.external.definitions import ExternalSchema
    from sandbox.warehouse.surroundings import Surroundings


def roles(surroundings: Surroundings, asked: tuple[str, ...]) -> tuple[str, ...]:
    """Return the ARNs of a chain of roles, whose first must be attached to the warehouse."""
    found = tuple(_default(surroundings) if one == "default" else one for one in asked)
    if found[0] not in surroundings.roles():
        raise RedshiftError(
            f"Not authorized to get credentials of role {found[0]}: it is not associated with the warehouse",
            NOT_ALLOWED,
        )
    return found


def _default(surroundings: Surroundings) -> str:
    role = surroundings.default_role()
    if role is None:
        raise RedshiftError("No default IAM role is associated with the warehouse", NOT_ALLOWED)
    return role


def login(surroundings: Surroundings, schema: ExternalSchema) -> Login:
    """Return the login of a federated schema, from the version that its secret has now."""
    chain = roles(surroundings, schema.roles)
    secret = surroundings.secret(schema.secret, chain[-1])
    try:
        user, password = str(secret["username"]), str(secret["password"])
    except (KeyError, TypeError) as error:
        problem = f'The secret "{schema.secret}" must have the keys username and password'
        raise RedshiftError(problem, "22023") from error
    address, port = _reached(surroundings, schema)
    return Login(address, port, schema.uri, schema.port, user, password, schema.database)


def _reached(surroundings: Surroundings, schema: ExternalSchema) -> tuple[str, int]:
    address, port = surroundings.route(schema.uri, schema.port)
    try:
        found = socket.getaddrinfo(address, port, family=socket.AF_INET, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        if schema.engine == "mysql":
            problem = f"Unknown MySQL server host '{schema.uri}' (-2)"
        else:
            problem = f'could not translate host name "{schema.uri}" to address: Name or service not known'
        raise RedshiftError(problem, CONNECTION) from error
    return str(found[0][4][0]), port
