"""Compare the target with its source, and tell what differs from what has only moved on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from switchyard.configuration.synonym_refresh import DATABASES
from switchyard.errors import CheckFailed
from switchyard.federated import names
from switchyard.federated.comparing import NO_KEY, Comparison, Division, read_figures
from switchyard.federated.deletes import is_due
from switchyard.federated.reconciliation import Figures, Judgement, Settled, differing, judge
from switchyard.federated.windows import EPOCH, united
from switchyard.ledger.load_rows import LoadReconciliationRow
from switchyard.observability import metrics
from switchyard.observability.lineage import Check, Lineage
from switchyard.operators.base import Pause
from switchyard.operators.federated.view import ViewOperator
from switchyard.operators.source_database import open_source
from switchyard.redshift.identifiers import Identifier
from switchyard.waiting.kinds import Wait

_DUE = "reconciliation_due"
_HELD = "windows_held"
_BUCKETS, _SMALL, _ROWS, _KEYS = "select_buckets", "select_small_buckets", "select_rows", "select_keys"
_DIFFERING, _SMALLER, _JUDGED = "differing_buckets", "differing_small_buckets", "judgement"
_MOST_ROWS = 20_000
"""Rows of each side that are compared one by one."""
_NAMED = 5
"""Buckets that an error names."""


class ReconcileTableOperator(ViewOperator):
    """Compare counts and sums of buckets; where they differ, those of smaller ones, and at last rows.

    The target is always read first: it can only be behind its source, so that what the source shows is newer. Which
    windows it holds is asked before that: what another run applies meanwhile may not be in what was read. A table's
    three-source view is looked at besides, in every run: each key must be there once.

    Args:
        deletes: the result of the pass for deletes.
    """

    reports = metrics.reported(rows=metrics.ROWS_COMPARED)
    template_fields = (*ViewOperator.template_fields, "deletes")

    def __init__(self, *, deletes: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.deletes = deletes

    def act(self, context: Any) -> Wait | Pause | None:
        if (wait := self.look_at_view(context)) or not self._is_due(context):
            return wait
        memory, whole = context["task_state_store"], self._comparison.whole()
        if self.table.reads_window and memory.get(_HELD) is None:
            applied = united(self.ledger.applied_windows(self.pipeline, self.table.name))
            memory.set(_HELD, [[lo.isoformat(), hi.isoformat()] for lo, hi in applied])
        if wait := self._figures(context, _BUCKETS, whole):
            return wait
        if self.dry_run:
            self.log.info("Dry run, at the source:\n%s\nwith %s", *self._source_figures(whole))
            return None
        if memory.get(_DIFFERING) is None:
            memory.set(_DIFFERING, self._compare(context, _BUCKETS, whole))
        found: dict[str, Any] = memory.get(_DIFFERING)
        if not found["names"]:
            return None
        return self._look_closer(context, found, whole)

    def result(self, context: Any) -> dict[str, Any]:
        view = self.rows_of_view(context)
        if not self._is_due(context):
            return {"made": False, "view": view, "summary": "not compared in this run"}
        memory = context["task_state_store"]
        found, judged = memory.get(_DIFFERING), memory.get(_JUDGED)
        self._record(context, found, judged)
        self.measure(context, metrics.ROWS_BEHIND, _behind(judged))
        self.told = Lineage((self.target_data(checks=_checks(judged)),))
        if judged is not None and judged["is_fault"]:
            raise self._fault(found, judged)
        self.ledger.record_load_window(
            **self.run_of(context),
            table_name=self.table.name,
            pipeline=self.pipeline,
            reconciled_at=datetime.now(UTC),
        )
        explained = f"; explained: {judged['text']}" if judged else ""
        return {
            "made": True,
            "view": view,
            "buckets": found["buckets"],
            "rows": found["target_rows"],
            "differing": len(found["names"]),
            "summary": f"{found['target_rows']} rows in {found['buckets']} buckets equal{explained}",
        }

    def _look_closer(self, context: Any, found: Mapping[str, Any], whole: Division) -> Wait | Pause | None:
        """Go on from buckets that differ to smaller ones, and from those to rows."""
        memory, division, wanted = context["task_state_store"], whole, found["names"]
        if NO_KEY in wanted:
            self._give_up(memory, f"{max(found['counts'][NO_KEY])} rows have nothing that tells them apart")
            return None
        if self._comparison.can_divide:
            division = whole.finer(wanted, found["rows"])
            if wait := self._figures(context, _SMALL, division):
                return wait
            if memory.get(_SMALLER) is None:
                memory.set(_SMALLER, self._compare(context, _SMALL, division))
            smaller = memory.get(_SMALLER)
            if not smaller["names"]:
                memory.set(_JUDGED, _as_dict(Judgement()))
                return None
            wanted, found = smaller["names"], smaller
        if found["rows"] > _MOST_ROWS:
            text = f"{found['rows']} rows lie in buckets that differ, too many to look at"
            self._give_up(memory, text, is_fault=self._holds_all(memory))
            return None
        return self._compare_rows(context, division, wanted)

    def _give_up(self, memory: Any, text: str, *, is_fault: bool = True) -> None:
        """Judge without looking at rows; it is no fault where windows that are not loaded can be the reason."""
        because = "" if is_fault else "; not all windows before this one are loaded"
        memory.set(_JUDGED, _as_dict(Judgement()) | {"is_fault": is_fault, "text": text + because})

    def _compare_rows(self, context: Any, division: Division, wanted: Sequence[str]) -> Wait | Pause | None:
        comparison, memory = self._comparison, context["task_state_store"]
        rows = comparison.target_rows(division.buckets, wanted)
        if wait := self.statement(context, _ROWS, rows, adds_rows=False):
            return wait
        if self._pass_was_made:
            keys = comparison.keys_read(self._key_set, division.buckets, wanted)
            if wait := self.statement(context, _KEYS, keys, adds_rows=False):
                return wait
        if memory.get(_JUDGED) is None:
            memory.set(_JUDGED, _as_dict(self._judge(context, division, wanted)))
        return None

    def _judge(self, context: Any, division: Division, wanted: Sequence[str]) -> Judgement:
        comparison = self._comparison
        ours = comparison.read_rows(self.rows(context, _ROWS), at_source=False)
        keys = None
        if self._pass_was_made:
            keys = frozenset(comparison.read_keys(self.rows(context, _KEYS)))
        statement, values = comparison.source_rows(DATABASES[self.source["engine"]], division.buckets, wanted)
        with open_source(self.source) as database:
            theirs = comparison.read_rows(database.rows(statement, values), at_source=True)
        window, held = self.window, _held(context["task_state_store"])
        return judge(theirs, ours, Settled(window.hi, window.hi - window.lookback, keys, held))

    def _figures(self, context: Any, purpose: str, division: Division) -> Wait | Pause | None:
        return self.statement(context, purpose, self._comparison.target_figures(division), adds_rows=False)

    def _source_figures(self, division: Division) -> tuple[str, dict[str, Any]]:
        return self._comparison.source_figures(DATABASES[self.source["engine"]], division)

    def _compare(self, context: Any, purpose: str, division: Division) -> dict[str, Any]:
        """Read the source's figures and hold them against the target's; what later tries must know of both."""
        ours = read_figures(self.rows(context, purpose))
        statement, values = self._source_figures(division)
        with open_source(self.source) as database:
            theirs = read_figures(database.rows(statement, values))
        wanted = differing(theirs, ours)
        buckets = {
            name: [_count(theirs, name), _count(ours, name)] for name in sorted(theirs.keys() | ours.keys())
        }
        return {
            "names": wanted,
            "rows": sum(max(buckets[name]) for name in wanted),
            "buckets": len(buckets),
            "target_rows": sum(count for _, count in buckets.values()),
            "counts": buckets if purpose == _BUCKETS else {},
        }

    def _record(self, context: Any, found: Mapping[str, Any], judged: Mapping[str, Any] | None) -> None:
        run, now = self.run_of(context), datetime.now(UTC)
        rows = []
        for name, (source_rows, target_rows) in found["counts"].items():
            row = LoadReconciliationRow(
                dag_id=run["dag_id"],
                run_id=run["run_id"],
                table_name=self.table.name,
                bucket=name,
                verdict="equal",
                source_rows=source_rows,
                target_rows=target_rows,
                compared_at=now,
            )
            if judged is not None and name in found["names"]:
                row["verdict"] = "different" if judged["is_fault"] else "explained"
                row["missing"], row["stale"] = judged["missing"], judged["stale"]
                row["ghosts"], row["detail"] = judged["ghosts"], judged["text"]
            rows.append(row)
        self.ledger.record_load_reconciliation(**run, table_name=self.table.name, rows=rows)

    def _fault(self, found: Mapping[str, Any], judged: Mapping[str, Any]) -> CheckFailed:
        shown = ", ".join(found["names"][:_NAMED])
        more = len(found["names"]) - _NAMED
        return CheckFailed(
            f"comparing {'.'.join(self.table.target)} with {self.table.name} at the source",
            f"{judged['text']} (buckets {shown}{f' and {more} more' if more > 0 else ''})",
            "Find the run whose window holds these rows, clear it from its stage on, then clear this task",
        )

    def _is_due(self, context: Any) -> bool:
        """Whether this run compares, as it was decided first."""
        memory = context["task_state_store"]
        if (known := memory.get(_DUE)) is None:
            since = self.ledger.windows_since(
                "reconciled_at", self.pipeline, self.table.name, but_run=context["dag_run"].run_id
            )
            known = is_due(self.table.content["reconcile"]["every"], since)
            memory.set(_DUE, known)
        return bool(known)

    @property
    def _comparison(self) -> Comparison:
        schema = self.source.get("schema")
        is_postgres = DATABASES[self.source["engine"]] == "postgres"
        place = (schema or "public", self.table.name) if is_postgres else (self.table.name,)
        return Comparison(self.table, self.remote, place, self.window.hi)

    def _holds_all(self, memory: Any) -> bool:
        """Whether the target's windows leave nothing out from the beginning to the end of this one."""
        held = _held(memory)
        return held is None or any(lo <= EPOCH and hi >= self.window.hi for lo, hi in held)

    @property
    def _pass_was_made(self) -> bool:
        return isinstance(self.deletes, Mapping) and bool(self.deletes.get("made"))

    @property
    def _key_set(self) -> Identifier:
        return Identifier(*names.key_set(self.staging_schema, self.table.name, self.stamp))


def _held(memory: Any) -> tuple[tuple[datetime, datetime], ...] | None:
    """The windows that the target held before it was read; None where each run reads all rows."""
    found = memory.get(_HELD)
    if found is None:
        return None
    return tuple((datetime.fromisoformat(lo), datetime.fromisoformat(hi)) for lo, hi in found)


def _count(figures: Mapping[str, Figures], bucket: str) -> int:
    return int(figures.get(bucket, {}).get("row_count") or 0)


def _behind(judged: Mapping[str, Any] | None) -> int:
    return 0 if judged is None else int(judged["missing"] + judged["stale"] + judged["ghosts"])


def _checks(judged: Mapping[str, Any] | None) -> tuple[Check, ...]:
    """What is asserted of the target; what its source's moving on explains is no breach."""
    excused = judged is None or not judged["is_fault"]
    found = judged or {}
    kinds = [Check(f"no_{name}_rows", excused or not found[name]) for name in ("missing", "stale", "ghosts")]
    return (*kinds, Check("equal_to_source", excused))


def _as_dict(judged: Judgement) -> dict[str, Any]:
    return {
        "is_fault": judged.is_fault,
        "text": str(judged),
        "missing": len(judged.missing),
        "stale": len(judged.stale) + len(judged.doubled),
        "ghosts": len(judged.ghosts),
    }
