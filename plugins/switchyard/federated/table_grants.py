"""What was granted on a table, as the table that takes its place must have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchyard.errors import BadInput
from switchyard.federated.grants import Grantee
from switchyard.redshift.identifiers import Identifier
from switchyard.redshift.literals import Literal
from switchyard.sql import RedshiftSql, render_redshift

_PRIVILEGES = (
    "SELECT", "INSERT", "UPDATE", "DELETE", "DROP", "REFERENCES", "ALTER", "TRUNCATE", "RULE", "TRIGGER",
)  # fmt: skip


class Privilege(Literal):
    """A privilege on a table.

    Raises:
        BadInput: Redshift has none of that name.
    """

    def __init__(self, name: str) -> None:
        if name.upper() not in _PRIVILEGES:
            raise BadInput("privilege", name, "it is none of a table", f"Known: {', '.join(_PRIVILEGES)}")
        self.name = name.upper()

    def sql(self) -> str:
        """The word."""
        return self.name


def grant(table: Identifier, found: Mapping[str, Any]) -> RedshiftSql:
    """The statement that gives a table what a row of svv_relation_privileges says of another.

    Raises:
        BadInput: the row names something that cannot be granted for certain.
    """
    return render_redshift(
        "apply/grant.sql",
        table=table,
        privilege=Privilege(str(found["privilege_type"]).strip()),
        grantee=Grantee(str(found["identity_type"]).strip().lower(), str(found["identity_name"]).strip()),
        with_grant_option=bool(found["admin_option"]),
    )
