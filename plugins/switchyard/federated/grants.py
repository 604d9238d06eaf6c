"""Who may use what, as GRANT names them; names of users may hold what names of tables may not."""

from __future__ import annotations

from switchyard.errors import BadInput
from switchyard.redshift.literals import Literal

_KINDS = {"user": "", "group": "GROUP ", "role": "ROLE "}
LONGEST = 127
"""Bytes (Redshift developer guide, "Names and identifiers")."""


class Grantee(Literal):
    """A user, group or role by its name, or the public, which has none.

    Raises:
        BadInput: the kind is none of these, or the name is one that cannot be quoted for certain.
    """

    def __init__(self, kind: str, name: str) -> None:
        if kind != "public" and kind not in _KINDS:
            raise BadInput("grantee", kind, "it is no kind of grantee", "Name a user, a group or a role")
        plain = name.isprintable() and not set(name) & set("\"\\'")
        if kind != "public" and not (plain and 1 <= len(name.encode()) <= LONGEST):
            raise BadInput(
                "grantee",
                name,
                "it holds quotes, backslashes or control characters",
                "Grant to a role instead",
            )
        self.kind = kind
        self.name = name

    def sql(self) -> str:
        """As GRANT takes it."""
        return "PUBLIC" if self.kind == "public" else f'{_KINDS[self.kind]}"{self.name}"'
