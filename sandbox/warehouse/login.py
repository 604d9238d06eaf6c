"""Who a session is, what it has chosen, and where it looks for names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlglot import exp

from sandbox.warehouse.errors import NOT_ALLOWED, RedshiftError
from sandbox.warehouse.settings import Settings

if TYPE_CHECKING:
    from sandbox.warehouse.warehouse import Warehouse

VERSION = (
    "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017, Redshift 1.0.75672"
)


class Login:
    """A user's stay in a database; `login` is who came, `user` for whom it acts now."""

    def __init__(self, warehouse: Warehouse, user: str) -> None:
        self.warehouse = warehouse
        self.login = user
        self.user = user
        self.pid = next(warehouse.processes)
        self.query_id = 0
        self.since = warehouse.surroundings.now()
        self.settings = Settings()
        self._path: list[str] | None = None

    def become(self, user: str) -> None:
        """Act as another user from now on.

        Raises:
            RedshiftError: the login is no superuser.
        """
        if user != self.login and not self.warehouse.users.superuser(self.login):
            raise RedshiftError("permission denied to set session authorization", NOT_ALLOWED)
        self.user = user

    @property
    def superuser(self) -> bool:
        """Whether the user may see and do everything."""
        return self.warehouse.users.superuser(self.user)

    @property
    def search_path(self) -> list[str]:
        """The schemas that names without one are looked for in."""
        return self._path if self._path is not None else self.settings.search_path(self.user)

    @contextmanager
    def looking_in(self, path: Sequence[str] | None) -> Iterator[None]:
        """Look for names in other schemas for a while, as a view does whose names were resolved there."""
        before = self._path
        self._path = list(path) if path is not None else before
        try:
            yield
        finally:
            self._path = before

    def constants(self) -> Mapping[str, exp.Expr]:
        """Return the values of functions without arguments that tell where one is."""
        path = [one for one in self.search_path if one != self.user.lower()]
        text = {
            "current_user": self.user,
            "session_user": self.login,
            "user": self.user,
            "current_database": self.warehouse.database,
            "current_schema": path[0] if path else "",
            "current_aws_account": self.warehouse.account,
            "version": VERSION,
        }
        numbers = {"pg_backend_pid": self.pid, "pg_last_query_id": self.query_id - 1}
        return {
            **{name: exp.Literal.string(value) for name, value in text.items()},
            **{name: exp.Literal.number(value) for name, value in numbers.items()},
        }
