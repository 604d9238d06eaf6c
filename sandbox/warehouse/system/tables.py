"""System tables about schemas, tables, views and columns.

Sources: https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TABLE_INFO.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_REDSHIFT_COLUMNS.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_PG_TABLE_DEF.html
    https://docs.aws.amazon.com/redshift/latest/dg/PG_GET_LATE_BINDING_VIEW_COLS.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sandbox.warehouse import catalogue, metadata
from sandbox.warehouse.catalogue import Column, Known
from sandbox.warehouse.external import registry
from sandbox.warehouse.kinds import TEXTS
from sandbox.warehouse.statements import SystemTable
from sandbox.warehouse.system.access import superusers

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

Row = tuple[Any, ...]
MEGABYTE = 1 << 20
HIDDEN_COLUMNS = 3
"""Columns that Redshift keeps beside a table's own; each takes a block of a megabyte at least."""
WIDTHS = {"bool": 1, "int2": 2, "int4": 4, "int8": 8, "float4": 4, "float8": 8, "date": 4}
TEXT_WIDTH, OTHER_WIDTH = 16, 8


def size(columns: Sequence[Column], rows: int) -> int:
    """Return the megabytes that a table takes."""
    blocks = HIDDEN_COLUMNS
    for column in columns:
        width = TEXT_WIDTH if column.kind.name in TEXTS else WIDTHS.get(column.kind.name, OTHER_WIDTH)
        blocks += max(1, -(-width * rows // MEGABYTE))
    return blocks


def _tables(session: Session) -> Iterator[Known]:
    yield from (known for known in catalogue.relations(session) if not known.view)


def _info(session: Session) -> Iterator[Row]:
    """Describe the tables that are not empty."""
    described = catalogue.all_columns(session)
    for known in _tables(session):
        name = known.name
        rows = session.run(f"SELECT count(*) FROM {name.sql()}")[0][0]  # noqa: S608 -- a name of the catalogue
        condition = session.warehouse.statistics.of(name)
        if rows + condition.deleted == 0:
            continue
        columns = described[name]
        sortkeys = sorted(
            (one for one in columns if "sortkey" in one.notes), key=lambda one: one.notes["sortkey"]
        )
        distkey = next((one.name for one in columns if one.notes.get("distkey")), None)
        style = known.notes.get("diststyle", "AUTO")
        texts = [one.kind.length for one in columns if one.kind.name == "varchar"]
        yield (
            session.warehouse.database, name.schema, session.warehouse.oid(f"{name.schema}.{name.table}"), name.table,
            "Y, AUTO(ENCODE)", f"KEY({distkey})" if distkey else "AUTO(EVEN)" if style == "AUTO" else style,
            sortkeys[0].name if sortkeys else "AUTO(SORTKEY)", max(texts, default=0), len(sortkeys),
            size(columns, rows + condition.deleted), 0.0, 0,
            round(condition.unsorted_percent, 2) if sortkeys else None, round(condition.stats_off, 2),
            rows + condition.deleted, condition.skew, rows, known.notes.get("created"),
        )  # fmt: skip


def _schemas(session: Session) -> Iterator[Row]:
    users = session.warehouse.users
    for name in catalogue.schemas(session):
        yield session.warehouse.database, name, users.number(users.owner(name)), "local", "", ""


def _all_schemas(session: Session) -> Iterator[Row]:
    yield from _schemas(session)
    for _, owner, schema in registry.described(session):
        number = session.warehouse.users.number(owner)
        yield session.warehouse.database, schema.name, number, "external", "", ""


def _relations(session: Session) -> Iterator[Row]:
    for known in catalogue.relations(session):
        owner = str(known.notes.get("owner", ""))
        kind = "VIEW" if known.view else "TABLE"
        yield (
            session.warehouse.database, known.name.schema, known.name.table, kind, known.notes.get("comment"), owner
        )  # fmt: skip


def _columns(session: Session) -> Iterator[Row]:
    described = catalogue.all_columns(session)
    for known in catalogue.relations(session):
        if known.view:
            for number, (column, shown) in enumerate(known.notes.get("columns", ()), 1):
                yield (
                    session.warehouse.database, known.name.schema, known.name.table, column, number, shown, None, "YES",
                    "none", False, 0, None,
                )  # fmt: skip
            continue
        for number, one in enumerate(described[known.name], 1):
            yield (
                session.warehouse.database, known.name.schema, known.name.table, one.name, number, one.kind.shown,
                one.default, "YES" if one.nullable else "NO", one.notes.get("encoding", "none"),
                bool(one.notes.get("distkey")), one.notes.get("sortkey", 0), one.notes.get("comment"),
            )  # fmt: skip


def _definitions(session: Session) -> Iterator[Row]:
    """Describe the columns of tables in the search path."""
    path = session.search_path
    for _, schema, table, column, _, shown, _, nullable, encoding, distkey, sortkey, _ in _columns(session):
        if schema in path:
            yield schema, table, column, shown, encoding, distkey, sortkey, nullable == "NO"


def _late_binding(session: Session) -> Iterator[Row]:
    """Describe the views that are not bound, as far as they can be run now."""
    for known in catalogue.relations(session):
        if known.view and not known.notes.get("bound"):
            for number, (column, kind) in enumerate(metadata.view_columns(session, known), 1):
                yield known.name.schema, known.name.table, column, kind.shown, number


def _blocks(session: Session) -> Iterator[Row]:
    for known in _tables(session):
        rows = session.run(f"SELECT count(*) FROM {known.name.sql()}")[0][0]  # noqa: S608 -- a name of the catalogue
        table = session.warehouse.oid(f"{known.name.schema}.{known.name.table}")
        for number, one in enumerate(catalogue.columns(session, known.name)):
            for block in range(size([one], rows) - HIDDEN_COLUMNS):
                yield 0, number, table, block, rows


COLUMNS = {
    "database_name": "VARCHAR", "schema_name": "VARCHAR", "table_name": "VARCHAR", "column_name": "VARCHAR",
    "ordinal_position": "INTEGER", "data_type": "VARCHAR", "column_default": "VARCHAR", "is_nullable": "VARCHAR",
    "encoding": "VARCHAR", "distkey": "BOOLEAN", "sortkey": "INTEGER", "remarks": "VARCHAR",
}  # fmt: skip
SCHEMAS = {
    "database_name": "VARCHAR", "schema_name": "VARCHAR", "schema_owner": "INTEGER", "schema_type": "VARCHAR",
    "schema_acl": "VARCHAR", "schema_option": "VARCHAR",
}  # fmt: skip
TABLES = {
    "svv_table_info": SystemTable(
        {
            "database": "VARCHAR", "schema": "VARCHAR", "table_id": "INTEGER", "table": "VARCHAR", "encoded": "VARCHAR",
            "diststyle": "VARCHAR", "sortkey1": "VARCHAR", "max_varchar": "INTEGER", "sortkey_num": "INTEGER",
            "size": "BIGINT", "pct_used": "DECIMAL(10,4)", "empty": "BIGINT", "unsorted": "DECIMAL(5,2)",
            "stats_off": "DECIMAL(5,2)", "tbl_rows": "DECIMAL(38,0)", "skew_rows": "DECIMAL(19,2)",
            "estimated_visible_rows": "DECIMAL(38,0)", "create_time": "VARCHAR",
        },
        superusers("svv_table_info", _info),
    ),
    "svv_redshift_schemas": SystemTable(SCHEMAS, _schemas),
    "svv_all_schemas": SystemTable(SCHEMAS, _all_schemas),
    "svv_redshift_tables": SystemTable(
        {
            "database_name": "VARCHAR", "schema_name": "VARCHAR", "table_name": "VARCHAR", "table_type": "VARCHAR",
            "remarks": "VARCHAR", "table_owner": "VARCHAR",
        },
        _relations,
    ),
    "svv_redshift_columns": SystemTable(COLUMNS, _columns),
    "svv_all_columns": SystemTable(COLUMNS, _columns),
    "pg_table_def": SystemTable(
        {
            "schemaname": "VARCHAR", "tablename": "VARCHAR", "column": "VARCHAR", "type": "VARCHAR",
            "encoding": "VARCHAR", "distkey": "BOOLEAN", "sortkey": "INTEGER", "notnull": "BOOLEAN",
        },
        _definitions,
    ),
    "pg_get_late_binding_view_cols": SystemTable(
        {
            "view_schema": "VARCHAR", "view_name": "VARCHAR", "col_name": "VARCHAR", "col_type": "VARCHAR",
            "col_num": "INTEGER",
        },
        _late_binding,
    ),
    "stv_blocklist": SystemTable(
        {"slice": "INTEGER", "col": "INTEGER", "tbl": "INTEGER", "blocknum": "INTEGER", "num_values": "BIGINT"},
        superusers("stv_blocklist", _blocks),
    ),
}  # fmt: skip
