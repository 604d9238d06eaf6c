"""Rows in system tables of a warehouse, for tests of what only a busy one has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.errors import Refused, SandboxError
from sandbox.redshift.databases import ConnectionFailed
from sandbox.redshift_data import targets
from sandbox.transitions import LOCK, scheduler


def plant(
    *,
    account: str,
    region: str,
    warehouse: str,
    database: str,
    table: str,
    rows: Sequence[Mapping[str, Any]],
) -> int:
    """Add rows to a system table, such as stl_alert_event_log, and return how many.

    `warehouse` is "cluster:NAME" or "workgroup:NAME"; moments are text in the form of ISO 8601.

    Raises:
        SandboxError: there is no such warehouse, database, table or column.
    """
    kind, _, name = warehouse.partition(":")
    if kind not in {"cluster", "workgroup"}:
        raise SandboxError(f"warehouse is {warehouse}: write cluster:NAME or workgroup:NAME")
    found = [name, None] if kind == "cluster" else [None, name]
    try:
        with LOCK:
            scheduler.tick()
            target = targets.find(account, region, *found)
        target.databases.warehouse(database).plant(table, rows)
    except (Refused, ConnectionFailed) as error:
        raise SandboxError(f"{warehouse}, database {database}: {error}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise SandboxError(f"{table}: {error}") from error
    return len(rows)
