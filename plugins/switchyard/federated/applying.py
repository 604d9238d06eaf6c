"""The transaction that brings a stage into its target.

Windows may be applied in any order, and again: the row with the newer watermark wins. Two readings of the source may
see two versions of a row with the same watermark, as clocks are coarse; which one is newer, the readings themselves
tell. So what a later reading has covered is taken out of the stage first, and each target has a note of what was read
when. Rows without a key never change, and are told apart by their windows alone: a window takes the place of what the
target had of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from switchyard.federated.tables import LoadTable, bound
from switchyard.federated.windows import EPOCH, Window
from switchyard.redshift.identifiers import Identifier
from switchyard.redshift.literals import Text, Timestamp
from switchyard.sql import RedshiftSql, render_redshift


@dataclass(frozen=True)
class Stage:
    """What is applied.

    Attributes:
        table: the table in the warehouse that holds the rows.
        staged_at: when their reading began.
        window: which of the source's rows they are; all of them where a table is swapped.
    """

    table: Identifier
    staged_at: datetime
    window: Window


@dataclass(frozen=True)
class Transaction:
    """Statements in their order, and the places of those whose rows are counted; None where there is none such."""

    statements: tuple[RedshiftSql, ...]
    superseded: int | None
    replaced: int | None
    inserted: int


def create_note(applied: Identifier) -> RedshiftSql:
    """The statement that makes the note of what a target holds."""
    return render_redshift("apply/create_applied.sql", applied=applied)


def transaction(
    table: LoadTable, stage: Stage, applied: Identifier, *, view: RedshiftSql | None
) -> Transaction:
    """The transaction that applies a window.

    Args:
        table: the table; of mode merge or append, with a watermark.
        stage: what is applied.
        applied: the note of what the target holds.
        view: the statement that moves the boundary of the three-source view; None where the table has no such view.
    """
    given = _values(table, stage, applied)
    made = [
        render_redshift("apply/lock_target.sql", target=table.target_identifier),
        render_redshift("apply/delete_superseded.sql", **given),
    ]
    replaced = None
    if table.mode == "merge":
        replaced = len(made)
        made.append(render_redshift("apply/delete_older.sql", **given))
    elif not table.key:
        replaced = len(made)
        made.append(render_redshift("apply/delete_window.sql", **given, **_bounds(table, stage)))
    inserted = len(made)
    insert = "insert_missing" if table.key else "insert_all"
    made += [render_redshift(f"apply/{insert}.sql", **given), _note(stage, applied)]
    if view is not None:
        made.append(view)
    return Transaction(tuple(made), superseded=1, replaced=replaced, inserted=inserted)


def fill_next(table: LoadTable, stage: Stage, next_table: Identifier) -> list[RedshiftSql]:
    """The transaction that makes the table which takes the target's place."""
    return [
        render_redshift("tidy/drop_table.sql", table=next_table),
        render_redshift("apply/create_next.sql", next=next_table, target=table.target_identifier),
        render_redshift("apply/insert_all.sql", target=next_table, columns=table.names, stage=stage.table),
    ]


def swap(
    table: LoadTable,
    stage: Stage,
    applied: Identifier,
    *,
    next_table: Identifier,
    replaced: Identifier,
    grants: list[RedshiftSql],
) -> list[RedshiftSql]:
    """The transaction in which the next table takes the target's place, with its grants; the old one is kept."""
    return [
        render_redshift("apply/lock_target.sql", target=table.target_identifier),
        *grants,
        render_redshift("tidy/drop_table.sql", table=replaced),
        render_redshift(
            "apply/rename_table.sql", table=table.target_identifier, name=Identifier(replaced.name)
        ),
        render_redshift("apply/rename_table.sql", table=next_table, name=Identifier(table.target[1])),
        _note(stage, applied),
    ]


def _values(table: LoadTable, stage: Stage, applied: Identifier) -> dict[str, Any]:
    assert table.watermark is not None  # noqa: S101 - the configuration has none without but for swaps
    beside = {*table.key, table.watermark.name}
    return {
        "target": table.target_identifier,
        "target_name": Identifier(table.target[1]),
        "stage": stage.table,
        "stage_name": Identifier(stage.table.name),
        "applied": applied,
        "staged_at": Timestamp(stage.staged_at),
        "keys": table.keys,
        "columns": table.names,
        "others": [column.identifier for column in table.columns if column.name not in beside],
        "watermark": table.watermark.identifier,
        "flag": Identifier(table.flag) if table.flag else None,
    }


def _bounds(table: LoadTable, stage: Stage) -> dict[str, Any]:
    """The window, as watermarks of the target are compared with it."""
    assert table.watermark is not None  # noqa: S101 - as above
    return {
        "reads_from": bound(table.watermark, stage.window.reads_from),
        "hi": bound(table.watermark, stage.window.hi),
    }


def _note(stage: Stage, applied: Identifier) -> RedshiftSql:
    return render_redshift(
        "apply/record_applied.sql",
        applied=applied,
        stage=Text(stage.table.name),
        staged_at=Timestamp(stage.staged_at),
        reads_from=Timestamp(max(EPOCH, stage.window.reads_from)),
        hi=Timestamp(stage.window.hi),
    )
