"""System views of what is outside the warehouse, and of what was read there.

Sources: https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_EXTERNAL_SCHEMAS.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_SVL_FEDERATED_QUERY.html,
https://docs.aws.amazon.com/redshift/latest/dg/SYS_EXTERNAL_QUERY_DETAIL.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.warehouse.external.definitions import KINDS
from sandbox.warehouse.external.registry import described
from sandbox.warehouse.statements import SystemTable

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

SOURCE_TYPES = {"MySQL": "MYSQL", "PG": "PG", "S3": "S3"}
LONGEST_TEXT = 4000
"""Characters of svl_federated_query's querytext."""
Row = tuple[Any, ...]


def _schemas(session: Session) -> Iterator[Row]:
    for oid, owner, schema in described(session):
        number = session.warehouse.users.number(owner)
        yield oid, KINDS[schema.engine], schema.name, number, schema.database, json.dumps(schema.options)


def _databases(session: Session) -> Iterator[Row]:
    seen = set()
    for oid, _, schema in described(session):
        if schema.engine == "catalogue" and schema.database not in seen:
            seen.add(schema.database)
            yield oid, KINDS[schema.engine], schema.database, ""


def _federated(session: Session) -> Iterator[Row]:
    number = session.warehouse.users.number
    for one in session.warehouse.reads:
        if one.kind != "S3":
            kind, recorded = SOURCE_TYPES[one.kind], _without_zone(one.ended)
            text, microseconds = one.text[:LONGEST_TEXT], int(one.seconds * 1e6)
            whose = number(one.user), one.transaction, one.process, one.query
            yield *whose, kind, recorded, text, one.rows, one.size, microseconds


def _details(session: Session) -> Iterator[Row]:
    number = session.warehouse.users.number
    for one in session.warehouse.reads:
        whose = number(one.user), one.query, one.transaction, SOURCE_TYPES[one.kind]
        times = _without_zone(one.started), _without_zone(one.ended), int(one.seconds * 1e6)
        yield *whose, *times, one.rows, one.size, one.table, one.text


def _without_zone(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


SYSTEM_TABLES = {
    "svv_external_schemas": SystemTable(
        {
            "esoid": "INTEGER",
            "eskind": "SMALLINT",
            "schemaname": "VARCHAR",
            "esowner": "INTEGER",
            "databasename": "VARCHAR",
            "esoptions": "VARCHAR",
        },
        _schemas,
    ),
    "svv_external_databases": SystemTable(
        {"eskid": "INTEGER", "eskind": "SMALLINT", "databasename": "VARCHAR", "parameters": "VARCHAR"},
        _databases,
    ),
    "svl_federated_query": SystemTable(
        {
            "userid": "INTEGER",
            "xid": "BIGINT",
            "pid": "INTEGER",
            "query": "BIGINT",
            "sourcetype": "VARCHAR",
            "recordtime": "TIMESTAMP",
            "querytext": "VARCHAR",
            "num_rows": "BIGINT",
            "num_bytes": "BIGINT",
            "duration": "BIGINT",
        },
        _federated,
    ),
    "sys_external_query_detail": SystemTable(
        {
            "user_id": "INTEGER",
            "query_id": "BIGINT",
            "transaction_id": "BIGINT",
            "source_type": "VARCHAR",
            "start_time": "TIMESTAMP",
            "end_time": "TIMESTAMP",
            "duration": "BIGINT",
            "returned_rows": "BIGINT",
            "returned_bytes": "BIGINT",
            "table_name": "VARCHAR",
            "external_query_text": "VARCHAR",
        },
        _details,
    ),
}
