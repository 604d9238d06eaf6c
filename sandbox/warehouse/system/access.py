"""Who sees a system table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sandbox.warehouse.errors import NOT_ALLOWED, RedshiftError

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

Rows = Callable[["Session"], Iterable[Sequence[Any]]]


def superusers(name: str, rows: Rows) -> Rows:
    """Show a table's rows to superusers, and to those to whom SELECT on it was granted.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_system-tables.html
    """

    def checked(session: Session) -> Iterable[Sequence[Any]]:
        if not session.superuser and not session.warehouse.users.may_see(session.user, name):
            raise RedshiftError(f"permission denied for relation {name}", NOT_ALLOWED)
        return rows(session)

    return checked
