"""The tables of a federated load's configuration file."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from switchyard.configuration import federated_types as ft
from switchyard.configuration import types as t


class Deletes(t.Section):
    """What becomes of rows that the source no longer has; no watermark tells of them."""

    mode: Literal["none", "hard", "soft"] = Field(
        "none", description="hard deletes them in the target; soft sets a flag there."
    )
    every: int = Field(1, ge=1, le=1000, description="Every how many runs all keys are compared.")
    max_fraction: float = Field(
        0.05, gt=0, le=1, description="Part of the target's rows that may go at once; more stops the run."
    )
    flag: ft.ColumnName | None = Field(
        None, description="Boolean column of the target that soft sets; not among the table's columns."
    )


class Reconcile(t.Section):
    """Comparison of source and target, of rows that have settled."""

    every: int = Field(1, ge=1, le=1000, description="Every how many runs it is made.")
    buckets: int = Field(16, ge=1, le=1024, description="Parts by key; differences are found by part.")
    sums: tuple[ft.ColumnName, ...] = Field((), description="Exact numeric columns whose sums are compared.")


class Publish(t.Section):
    """The table's Parquet in the lake."""

    table: ft.TableName = Field(description="External table of the lake.")
    partition_by: tuple[ft.ColumnName, ...] = Field((), description="Columns that name the folders.")
    every: int = Field(1, ge=1, le=1000, description="Every how many runs it is written anew.")
    keep: int = Field(
        3,
        ge=1,
        le=1000,
        description="Publications whose folders are kept, the newest included: the way back.",
    )


class View(t.Section):
    """A late-binding view over warehouse, live source and lake, in which each key is there once."""

    name: ft.QualifiedName = Field(description="The view, with its schema.")
    lake_table: ft.TableName | None = Field(
        None, description="External table of the lake with old rows, same columns; null leaves the lake out."
    )


class Table(t.Section):
    """A table of the source and what it becomes."""

    name: ft.SourceTable = Field(description="Table of the source.")
    target: ft.QualifiedName = Field(
        description="Table of the warehouse with its schema; made where missing."
    )
    key: tuple[ft.ColumnName, ...] = Field(
        (),
        description="Columns that tell rows apart, unique and never null at the source; append and swap do without.",
    )
    watermark: ft.ColumnName | None = Field(
        None, description="Column with the moment of each row's last change; only swap does without."
    )
    watermark_set_by: Literal["database", "application"] = Field(
        "database",
        description="Who sets it at each change; application takes that on trust, as no check can see it.",
    )
    mode: Literal["append", "merge", "swap"] = Field(
        "merge",
        description="merge: changed rows replace; append: rows never change; swap: all rows are read each time.",
    )
    columns: dict[ft.ColumnName, ft.ColumnType] = Field(
        description="Columns of the target in their order, each with its type of Redshift."
    )
    renamed: dict[ft.ColumnName, ft.ColumnName] = Field(
        default_factory=dict, description="Name at the source of columns that are called otherwise there."
    )
    excluded: tuple[ft.ColumnName, ...] = Field((), description="Columns of the source that are not loaded.")
    new_columns: Literal["warn", "fail"] = Field(
        "warn", description="What a column of the source does that is neither loaded nor excluded."
    )
    zero_rows: Literal["allow", "fail"] = Field(
        "allow", description="What a window without any row does; swap with none always fails."
    )
    dist_key: ft.ColumnName | None = Field(
        None, description="Distribution key of a target that is made; null leaves it to Redshift."
    )
    sort_key: tuple[ft.ColumnName, ...] = Field(
        (), description="Sort key of a target that is made; empty leaves it to Redshift."
    )
    deletes: Deletes = Deletes()
    reconcile: Reconcile = Reconcile()
    publish: Publish | None = Field(None, description="Publishing in the lake; null does not.")
    view: View | None = Field(None, description="Three-source view; null makes none.")
