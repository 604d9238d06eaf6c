"""Which of TPC-DS's tables a source holds, what tells their rows apart, and which say when a row last changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

EngineName = Literal["mysql", "postgres"]
WATERMARK = "updated_at"
"""When a row was last written, to the microsecond, as the database itself keeps it; NOT NULL and indexed.

MySQL has it in UTC without a zone, PostgreSQL with one.
"""

OPENING, CLOSING = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
"""Generated rows were last written between these moments, evenly."""


@dataclass(frozen=True)
class Table:
    """A table; `moves` is whether it has the watermark, and the days that `only` keeps are a condition in SQL."""

    name: str
    key: tuple[str, ...]
    moves: bool = True
    only: str = "true"


TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table("customer", ("c_customer_sk",)),
        Table("customer_address", ("ca_address_sk",)),
        Table("item", ("i_item_sk",)),
        Table("store", ("s_store_sk",), moves=False),
        # Sales fall in six of the two hundred years for which there are days.
        Table("date_dim", ("d_date_sk",), moves=False, only="d_year BETWEEN 1998 AND 2003"),
        Table("store_sales", ("ss_item_sk", "ss_ticket_number")),
        Table("web_sales", ("ws_item_sk", "ws_order_number")),
    )
}
