"""Users, groups and what they may do with schemas.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

PUBLIC = "public"
ADMINISTRATORS = ("rdsdb", "awsuser", "admin")
PRIVILEGES = ("create", "usage", "alter", "drop")
FIRST_NUMBER = 100


@dataclass
class User:
    """Somebody who can log in."""

    name: str
    number: int
    superuser: bool = False
    groups: set[str] = field(default_factory=set)


@dataclass(frozen=True, order=True)
class Grant:
    """A privilege on a schema; `kind` is what `grantee` is: user, group, role or public."""

    schema: str
    grantee: str
    kind: str
    privilege: str


class Users:
    """The users of a warehouse; whoever logs in first is made known."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._numbers = itertools.count(FIRST_NUMBER)
        self._users: dict[str, User] = {}
        self._owners: dict[str, str] = {}
        self.grants: set[Grant] = set()
        self.opened: set[tuple[str, str, str]] = set()
        """To whom SELECT on system tables was granted: table, kind and grantee."""
        for name in ADMINISTRATORS:
            self.add(name, superuser=True)

    def add(self, name: str, *, superuser: bool = False) -> User:
        """Make a user known, or make one that is a superuser."""
        with self._lock:
            key = name.lower()
            if key not in self._users:
                self._users[key] = User(name, next(self._numbers))
            self._users[key].superuser |= superuser
            return self._users[key]

    def drop(self, name: str) -> None:
        """Forget a user."""
        with self._lock:
            self._users.pop(name.lower(), None)

    def listed(self) -> list[User]:
        """List all users by number."""
        with self._lock:
            return sorted(self._users.values(), key=lambda user: user.number)

    def superuser(self, name: str) -> bool:
        """Tell whether a user is a superuser."""
        found = self._users.get(name.lower())
        return found is not None and found.superuser

    def number(self, name: str) -> int:
        """Return a user's number."""
        return self.add(name).number

    def own(self, schema: str, name: str | None) -> None:
        """Say who owns a schema; None where it is gone, along with what was granted on it."""
        with self._lock:
            if name is None:
                self._owners.pop(schema, None)
                self.grants = {grant for grant in self.grants if grant.schema != schema}
            else:
                self._owners[schema] = name

    def remember(self, schema: str) -> Callable[[], None]:
        """Return what puts owner and privileges of a schema back as they are now."""
        owner = self._owners.get(schema)
        held = {grant for grant in self.grants if grant.schema == schema}

        def restore() -> None:
            self.own(schema, None)
            with self._lock:
                self.grants |= held
                if owner is not None:
                    self._owners[schema] = owner

        return restore

    def owner(self, schema: str) -> str:
        """Return who owns a schema."""
        return self._owners.get(schema, ADMINISTRATORS[0])

    def may(self, name: str, schema: str, privilege: str) -> bool:
        """Tell whether a user has a privilege on a schema."""
        with self._lock:
            user = self.add(name)
            if user.superuser or self.owner(schema).lower() == name.lower() or schema == PUBLIC:
                return True
            whom = self._identities(name)
            return any(
                (grant.kind, grant.grantee.lower()) in whom
                for grant in self.grants
                if grant.schema == schema and grant.privilege == privilege
            )

    def may_see(self, name: str, table: str) -> bool:
        """Tell whether SELECT on a system table was granted to a user."""
        with self._lock:
            whom = self._identities(name)
            return any(one == table and (kind, grantee.lower()) in whom for one, kind, grantee in self.opened)

    def _identities(self, name: str) -> set[tuple[str, str]]:
        groups = [(kind, one.lower()) for one in self.add(name).groups for kind in ("group", "role")]
        return {("user", name.lower()), ("public", PUBLIC), *groups}

    def effective(self, schemas: list[str]) -> Iterator[tuple[str, str, str]]:
        """List who has which privilege on these schemas: user, schema, privilege."""
        for user in self.listed():
            for schema in schemas:
                for privilege in PRIVILEGES:
                    if self.may(user.name, schema, privilege):
                        yield user.name, schema, privilege
