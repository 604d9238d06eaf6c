"""Statements that find what the source deleted: all its keys against those that the target held before.

The order makes it right whatever happens meanwhile. What the target holds is noted first, so that the source had each
of these rows before its keys are read: one that is not among them is gone, and not merely late. A row is deleted only
as it was noted, so that a key that came back since stays.
"""

from __future__ import annotations

from dataclasses import dataclass

from switchyard.federated import names
from switchyard.federated.tables import LoadTable
from switchyard.redshift.identifiers import Identifier
from switchyard.sql import RedshiftSql, render_redshift


@dataclass(frozen=True)
class KeyComparison:
    """One pass of one run over a table that has a watermark; each list is one transaction."""

    table: LoadTable
    live: Identifier
    held: Identifier
    key_set: Identifier
    gone: Identifier

    @classmethod
    def of(cls, table: LoadTable, *, live: Identifier, staging_schema: str, stamp: str) -> KeyComparison:
        """The pass of a run.

        Args:
            table: the table.
            live: the table as the warehouse sees it at the source.
            staging_schema: where its tables are.
            stamp: the run.
        """
        place = (staging_schema, table.name, stamp)
        return cls(
            table=table,
            live=live,
            held=Identifier(*names.held(*place)),
            key_set=Identifier(*names.key_set(*place)),
            gone=Identifier(*names.gone(*place)),
        )

    def read_keys(self) -> list[RedshiftSql]:
        """Note what the target holds, then read all keys of the source; last, as that opens a snapshot there."""
        note = render_redshift(
            "deletes/stage_held.sql",
            held=self.held,
            target=self.table.target_identifier,
            keys=self.table.keys,
            watermark=self._watermark,
            flag=self._flag,
        )
        keys = [self.table.column(name).read() for name in self.table.key]
        read = render_redshift("deletes/stage_keys.sql", key_set=self.key_set, live=self.live, keys=keys)
        return [_drop(self.held), note, _drop(self.key_set), read]

    def find_gone(self) -> list[RedshiftSql]:
        """Note what the source has no longer, and count it; the count is the last statement."""
        given = {"held": self.held, "key_set": self.key_set, "gone": self.gone}
        make = render_redshift("deletes/stage_gone.sql", keys=self.table.keys, **given)
        return [_drop(self.gone), make, render_redshift("deletes/count_gone.sql", **given)]

    def take_away(self) -> list[RedshiftSql]:
        """Delete it in the target, or mark it there; the change is the last statement."""
        file = "deletes/flag_gone.sql" if self._flag else "deletes/delete_gone.sql"
        change = render_redshift(
            file,
            target=self.table.target_identifier,
            target_name=Identifier(self.table.target[1]),
            gone=self.gone,
            keys=self.table.keys,
            watermark=self._watermark,
            flag=self._flag,
        )
        return [render_redshift("apply/lock_target.sql", target=self.table.target_identifier), change]

    @property
    def _watermark(self) -> Identifier:
        assert self.table.watermark is not None  # noqa: S101 - the configuration lets no other table delete
        return self.table.watermark.identifier

    @property
    def _flag(self) -> Identifier | None:
        return Identifier(self.table.flag) if self.table.flag else None


def _drop(table: Identifier) -> RedshiftSql:
    return render_redshift("tidy/drop_table.sql", table=table)
