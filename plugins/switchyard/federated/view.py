"""The view that shows each key once, wherever its newest version is."""

from __future__ import annotations

from datetime import datetime

from switchyard.federated.tables import LoadTable, bound
from switchyard.redshift.identifiers import Identifier
from switchyard.sql import RedshiftSql, render_redshift

SOURCE = "source"
"""The column that says where a row comes from: live, warehouse or lake."""


def create_view(
    table: LoadTable, *, live: Identifier, lake_schema: str | None, boundary: datetime
) -> RedshiftSql | None:
    """The statement that makes the three-source view of a table, or moves its boundary.

    Args:
        table: the table, with a watermark.
        live: the table as the warehouse sees it at the source.
        lake_schema: external schema of the lake; None where there is none.
        boundary: the moment from which on rows are read live.

    Returns:
        None where the table has no such view.
    """
    view = table.content.get("view")
    if not view or table.watermark is None:
        return None
    lake_table = view["lake_table"] if lake_schema else None
    return render_redshift(
        "view/create_three_source_view.sql",
        view=Identifier(*view["name"].split(".")),
        live=live,
        target=table.target_identifier,
        lake=Identifier(lake_schema, lake_table) if lake_schema and lake_table else None,
        columns=[column.read() for column in table.columns],
        keys=[table.column(name).read() for name in table.key],
        watermark=table.watermark.read(),
        flag=Identifier(table.flag) if table.flag else None,
        boundary=bound(table.watermark, boundary),
    )


def count_duplicate_keys(table: LoadTable) -> RedshiftSql:
    """The statement that looks for keys which the view shows more than once."""
    view = Identifier(*table.content["view"]["name"].split("."))
    return render_redshift("view/count_duplicate_keys.sql", view=view, keys=table.keys)
