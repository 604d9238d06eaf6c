"""Rules between the fields of one table of a federated load."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING

from switchyard.configuration.rules import repeats
from switchyard.errors import BadInput
from switchyard.federated.column_types import FLOATING, parse
from switchyard.federated.view import SOURCE

if TYPE_CHECKING:
    from switchyard.configuration.federated_tables import Table


def table_disagreements(field: str, table: Table) -> Iterator[BadInput]:
    """Yield every contradiction between the fields of a table.

    Args:
        field: the table's place in the file, such as ``tables[0]``.
        table: the table.
    """
    yield from _columns(field, table)
    yield from _key(field, table)
    yield from _watermark(field, table)
    yield from _deletes(field, table)
    yield from _sums(field, table)
    yield from _publish(field, table)
    if table.view and table.mode == "swap":
        yield BadInput(
            f"{field}.view.name",
            table.view.name,
            "a three-source view needs the boundary of a window, and swap has none",
            "Use mode merge with a watermark, or remove view.",
        )
    if table.view and SOURCE in table.columns:
        yield BadInput(
            f"{field}.view.name",
            table.view.name,
            f"the view has a column {SOURCE} of its own, and so has the table",
            "Call the table's column something else, or remove view.",
        )
    yield from repeats(
        {
            f"{field}.key": table.key,
            f"{field}.excluded": table.excluded,
            f"{field}.sort_key": table.sort_key,
            f"{field}.reconcile.sums": table.reconcile.sums,
            f"{field}.publish.partition_by": table.publish.partition_by if table.publish else (),
        }
    )


def _columns(field: str, table: Table) -> Iterator[BadInput]:
    """What is named must be a column of the target."""
    if not table.columns:
        yield BadInput(f"{field}.columns", {}, "no column is loaded", "Name at least one, with its type.")
        return
    named = {
        "key": table.key,
        "watermark": (table.watermark,) if table.watermark else (),
        "dist_key": (table.dist_key,) if table.dist_key else (),
        "sort_key": table.sort_key,
        "reconcile.sums": table.reconcile.sums,
        "publish.partition_by": table.publish.partition_by if table.publish else (),
    }
    for name, columns in named.items():
        for lost in (column for column in columns if column not in table.columns):
            close = get_close_matches(lost, table.columns, n=1)
            meant = f", or did you mean {close[0]}?" if close else "."
            yield BadInput(
                f"{field}.{name}", lost, "it is not among the table's columns", f"Add it to columns{meant}"
            )
    read = [table.renamed.get(column, column) for column in table.columns]
    for column, source in table.renamed.items():
        if column not in table.columns:
            turned = (
                f", or write {source}: {column}, the target's name first." if source in table.columns else "."
            )
            yield BadInput(
                f"{field}.renamed.{column}",
                source,
                "the new name is not among the table's columns",
                f"Add it to columns{turned}",
            )
        elif read.count(source) > 1:
            yield BadInput(
                f"{field}.renamed.{column}",
                source,
                "two columns read this one",
                "Let each read a column of its own.",
            )
    for both in sorted(set(read) & set(table.excluded)):
        yield BadInput(f"{field}.excluded", both, "it is loaded", "Remove it here, or from columns.")


def _key(field: str, table: Table) -> Iterator[BadInput]:
    """Without a key nobody can say which row of the target is which of the source's."""
    for column in table.key:
        declared = table.columns.get(column)
        if declared is not None and parse(declared).name in FLOATING:
            yield BadInput(
                f"{field}.key",
                column,
                f"it is of type {declared}, whose values are not exact",
                "Name columns that hold the same value on both sides.",
            )
    if table.key:
        return
    needs = {
        "mode: merge": table.mode == "merge",
        "deletes": table.deletes.mode != "none",
        "view": table.view is not None,
    }
    for what in (name for name, needed in needs.items() if needed):
        yield BadInput(
            f"{field}.key",
            [],
            f"{what} has to tell rows apart",
            "Name the columns that do; without any, use mode append or swap, and neither deletes nor view.",
        )
        return


def _watermark(field: str, table: Table) -> Iterator[BadInput]:
    """A window needs a moment in each row; a swap needs none, but may have one for reconciling."""
    if table.watermark is None:
        if table.mode != "swap":
            yield BadInput(
                f"{field}.watermark",
                None,
                f"mode {table.mode} reads by windows",
                "Name the column with the moment of each row's last change, or use mode swap.",
            )
        return
    declared = table.columns.get(table.watermark)
    if declared is not None and not parse(declared).is_moment:
        yield BadInput(
            f"{field}.watermark",
            table.watermark,
            f"it is of type {declared}",
            "Name a column of type timestamp or timestamptz.",
        )


def _deletes(field: str, table: Table) -> Iterator[BadInput]:
    deletes = table.deletes
    if table.mode == "swap" and deletes.mode != "none":
        yield BadInput(
            f"{field}.deletes.mode",
            deletes.mode,
            "a swap leaves deleted rows out by itself",
            "Write none, or remove deletes.",
        )
    if (deletes.mode == "soft") != (deletes.flag is not None):
        yield BadInput(
            f"{field}.deletes.flag",
            deletes.flag,
            f"it goes with mode soft, and the mode is {deletes.mode}",
            "Name the flag and write mode: soft; or remove it.",
        )
    if deletes.flag in table.columns:
        yield BadInput(
            f"{field}.deletes.flag",
            deletes.flag,
            "it is a column of the source",
            "Name a column that the source has not.",
        )


def _sums(field: str, table: Table) -> Iterator[BadInput]:
    """The sum of floating-point numbers depends on the order in which they are added."""
    for column in table.reconcile.sums:
        declared = table.columns.get(column)
        if declared is not None and not parse(declared).is_exact:
            yield BadInput(
                f"{field}.reconcile.sums",
                column,
                f"it is of type {declared}, whose sum is not exact",
                "Name columns of type smallint, integer, bigint or decimal.",
            )


def _publish(field: str, table: Table) -> Iterator[BadInput]:
    if table.publish and table.watermark in table.publish.partition_by:
        yield BadInput(
            f"{field}.publish.partition_by",
            table.watermark,
            "each moment would be a folder of its own",
            "Name a column with few values that seldom change.",
        )
    if table.publish and table.columns and set(table.publish.partition_by) == set(table.columns):
        yield BadInput(
            f"{field}.publish.partition_by",
            list(table.publish.partition_by),
            "no column is left for the files",
            "Leave at least one column out.",
        )
