"""What is looked for in a stage before anything touches its target, and what a finding means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from switchyard.errors import CheckFailed
from switchyard.federated.tables import LoadTable, bound
from switchyard.federated.windows import Window
from switchyard.redshift.identifiers import Identifier
from switchyard.redshift.literals import Number, Text
from switchyard.sql import RedshiftSql, render_redshift

FETCHED = 1.2
"""How many rows may come from the source for each that the stage has."""
FEW = 1_000
"""Rows up to which nobody counts."""

_MEANINGS: Mapping[str, tuple[str, str]] = {
    "rows": (
        "no row has come from the source",
        "Look whether the source is the right one; say zero_rows: allow where an empty window is nothing unusual",
    ),
    "null_keys": (
        "{found} rows have a NULL in their key",
        "Correct these rows at the source, or name another key",
    ),
    "duplicate_keys": (
        "{found} keys occur more than once",
        "Name all columns that tell rows apart as the key, or correct the rows at the source",
    ),
    "bounds": (
        "{found} rows lie outside the window",
        "Compare time zone and type of the watermark at the source with the configuration",
    ),
    "lengths": (
        "{found} values of {column_name} are longer in bytes than {type}",
        "Declare the column longer and alter the target to it, or shorten the values at the source",
    ),
}


def statements(table: LoadTable, stage: Identifier, window: Window) -> list[RedshiftSql]:
    """The checks of a stage; each row of each has check_name, column_name, found and verdict."""
    given: dict[str, Any] = {"stage": stage}
    fails_empty = table.content["zero_rows"] == "fail" or not table.reads_window
    made = [render_redshift("check/count_stage_rows.sql", zero_rows_fail=fails_empty, **given)]
    if table.key:
        made += [
            render_redshift("check/find_null_keys.sql", key=table.keys, **given),
            render_redshift("check/find_duplicate_keys.sql", key=table.keys, **given),
        ]
    if table.reads_window and table.watermark is not None:
        bounds: dict[str, Any] = {
            "watermark": table.watermark.identifier,
            "reads_from": bound(table.watermark, window.reads_from),
            "hi": bound(table.watermark, window.hi),
        }
        made.append(render_redshift("check/find_rows_outside_window.sql", **bounds, **given))
    if texts := [column for column in table.columns if column.type.is_text]:
        columns: list[Any] = [
            {
                "name": column.identifier,
                "label": Text(column.name),
                "length": Number(column.type.length or 0),
                "is_padded": column.type.name == "char",
            }
            for column in texts
        ]
        made.append(render_redshift("check/find_long_texts.sql", columns=columns, **given))
    return made


@dataclass(frozen=True)
class Checked:
    """What the checks of a stage found: its rows."""

    rows: int


def judge(table: LoadTable, found: Iterable[Mapping[str, Any]]) -> Checked:
    """Judge the rows of all checks.

    Raises:
        CheckFailed: one of them has not passed; all that have not are named.
    """
    rows = list(found)
    failed = [row for row in rows if row["verdict"] != "pass"]
    if failed:
        remedy = _MEANINGS[failed[0]["check_name"]][1]
        raise CheckFailed(
            f"stage of {table.name}", f"{'; '.join(_said(table, row) for row in failed)}", remedy
        )
    return Checked(next(int(row["found"]) for row in rows if row["check_name"] == "rows"))


def _said(table: LoadTable, row: Mapping[str, Any]) -> str:
    name = row["column_name"]
    declared = table.column(name).type if name else ""
    return _MEANINGS[row["check_name"]][0].format(found=row["found"], column_name=name, type=declared)


def overfetched(table: LoadTable, staged: int, fetched: Sequence[Mapping[str, Any]]) -> str | None:
    """Say that the source has sent many more rows than the stage holds; None where it has not, or nobody knows."""
    rows = fetched[0]["fetched"] if fetched else None
    if rows is None or int(rows) <= max(FEW, FETCHED * staged):
        return None
    return (
        f"{table.name}: the source has sent {int(rows)} rows for {staged} of the window; its plan has changed "
        f"between the guard and the stage"
    )
