"""System tables and views, by name."""

from __future__ import annotations

from sandbox.warehouse.system import cluster, privileges, statements, tables, transactions

TABLES = {**statements.TABLES, **transactions.TABLES, **tables.TABLES, **privileges.TABLES, **cluster.TABLES}
