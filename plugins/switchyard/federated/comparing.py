"""Statements that compare source and target: figures of buckets on both sides, then rows of small ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from switchyard.federated.column_types import INTEGERS
from switchyard.federated.reconciliation import Figures, Key, Row, comparable, numbered
from switchyard.federated.tables import Column, LoadTable, bound
from switchyard.redshift.identifiers import Identifier
from switchyard.redshift.literals import Literal, Number, Text
from switchyard.sql import Engine, RedshiftSql, render, render_redshift

FEW = 500
"""Rows of a bucket that may be compared one by one."""
NO_KEY = "no key"
"""The bucket of rows that belong to none, as they have nothing to be divided by."""


@dataclass(frozen=True)
class Division:
    """How a table is divided: by its first key where that is a number, else by day of its watermark, else not at all.

    Attributes:
        buckets: parts by number.
        outer: parts of the division around it, of which `within` are looked at.
        within: those parts, as the buckets' names.
    """

    buckets: int
    outer: int = 1
    within: tuple[str, ...] = ("0",)

    def finer(self, names: Sequence[str], rows: int) -> Division:
        """Divide some of its buckets, so that each part has few rows."""
        parts = max(1, -(-rows // (FEW * max(1, len(names)))))
        return Division(self.buckets * parts, outer=self.buckets, within=tuple(names))


@dataclass(frozen=True)
class Comparison:
    """A table that is compared.

    Attributes:
        table: the table.
        live: the table as the warehouse sees it at the source.
        source_table: its schema, where it has one, and name at the source.
        before: end of the window; rows that changed from then on are left out of figures.
    """

    table: LoadTable
    live: Identifier
    source_table: tuple[str, ...]
    before: datetime

    @property
    def number_key(self) -> Column | None:
        """The column that divides the table by number; None where its first key is none."""
        first = self.table.column(self.table.key[0]) if self.table.key else None
        return first if first is not None and first.type.name in INTEGERS else None

    @property
    def can_divide(self) -> bool:
        """Whether its buckets can be divided into smaller ones."""
        return self.number_key is not None

    def target_figures(self, division: Division) -> RedshiftSql:
        """Figures of the target."""
        table, watermark = self.table, self.table.watermark
        return render_redshift(
            "reconcile/select_buckets.sql",
            **self._target(division.buckets, division.within),
            outer_buckets=Number(division.outer),
            number_keys=[one.identifier for one in self._number_keys],
            source_keys=[table.column(name).read() for name in table.key],
            source_watermark=Identifier(watermark.source) if watermark else None,
            live=self.live,
            before=bound(watermark, self.before) if watermark else None,
        )

    def target_rows(self, buckets: int, names: Sequence[str]) -> RedshiftSql:
        """Rows of some of its buckets, whenever they changed."""
        return render_redshift("reconcile/select_rows.sql", **self._target(buckets, names))

    def keys_read(self, key_set: Identifier, buckets: int, names: Sequence[str]) -> RedshiftSql:
        """The keys of some buckets that this run's pass for deletes has read."""
        given = self._target(buckets, names)
        wanted = {name: given[name] for name in ("keys", "number_key", "buckets", "within")}
        return render_redshift("reconcile/select_keys.sql", key_set=key_set, **wanted)

    def source_figures(self, engine: Engine, division: Division) -> tuple[str, dict[str, Any]]:
        """The statement for the source's figures, and its values."""
        statement = render(
            f"federated_load/{engine}/select_buckets.sql",
            engine,
            **self._source(),
            number_keys=[(one.source,) for one in self._number_keys],
        )
        values: dict[str, Any] = {}
        if self.table.watermark:
            values["before"] = self._moment()
        if self.number_key:
            values |= {
                "buckets": division.buckets,
                "outer_buckets": division.outer,
                "within": tuple(int(one) for one in division.within),
            }
        return statement, values

    def source_rows(self, engine: Engine, buckets: int, names: Sequence[str]) -> tuple[str, dict[str, Any]]:
        """The statement for rows of some of the source's buckets, and its values."""
        statement = render(f"federated_load/{engine}/select_rows.sql", engine, **self._source())
        if self.number_key:
            return statement, {"buckets": buckets, "within": tuple(int(one) for one in names)}
        return statement, {"within": tuple(names)} if self.table.watermark else {}

    def read_rows(self, found: Iterable[Mapping[str, Any]], *, at_source: bool) -> list[Row]:
        """Rows of either side."""
        columns = [self.table.column(name) for name in self.table.key]
        keys = [one.source if at_source else one.name for one in columns]
        sums = [f"value_{place}" for place in range(1, len(self._sums) + 1)]
        rows = [
            Row(
                key=tuple(comparable(row[name]) for name in keys),
                watermark=comparable(row["row_watermark"]) if self.table.watermark else None,
                values=tuple(comparable(row[name]) for name in sums),
            )
            for row in found
        ]
        return rows if keys else list(numbered(rows))

    def read_keys(self, found: Iterable[Mapping[str, Any]]) -> list[Key]:
        """Keys that a pass for deletes has read."""
        return [tuple(comparable(row[name]) for name in self.table.key) for row in found]

    def whole(self) -> Division:
        """The division that the configuration asks for."""
        return Division(int(self.table.content["reconcile"]["buckets"]))

    @property
    def _number_keys(self) -> list[Column]:
        columns = [self.table.column(name) for name in self.table.key]
        return [one for one in columns if one.type.is_exact]

    @property
    def _sums(self) -> list[Column]:
        return [self.table.column(name) for name in self.table.content["reconcile"]["sums"]]

    def _target(self, buckets: int, names: Sequence[str]) -> dict[str, Any]:
        table, number = self.table, self.number_key
        within: list[Literal] = [Number(int(one)) if number else Text(one) for one in names]
        return {
            "target": table.target_identifier,
            "keys": table.keys,
            "number_key": number.identifier if number else None,
            "buckets": Number(buckets),
            "within": within,
            "watermark": table.watermark.identifier if table.watermark else None,
            "sums": [one.identifier for one in self._sums],
            "flag": Identifier(table.flag) if table.flag else None,
        }

    def _source(self) -> dict[str, Any]:
        table, number, watermark = self.table, self.number_key, self.table.watermark
        return {
            "table": self.source_table,
            "keys": [(table.column(name).source,) for name in table.key],
            "number_key": [(number.source,)] if number else [],
            "watermark": [(watermark.source,)] if watermark else [],
            "sums": [(one.source,) for one in self._sums],
        }

    def _moment(self) -> datetime:
        """The end of the window as a driver compares it with a column of the watermark's type."""
        assert self.table.watermark is not None  # noqa: S101 - the caller has looked
        moment = self.before.astimezone(UTC)
        return moment if self.table.watermark.type.name == "timestamptz" else moment.replace(tzinfo=None)


def read_figures(rows: Iterable[Mapping[str, Any]]) -> dict[str, Figures]:
    """Figures by bucket, of either side."""
    return {
        NO_KEY if row["bucket"] is None else str(comparable(row["bucket"])): {
            name: value for name, value in row.items() if name != "bucket"
        }
        for row in rows
    }
