"""Bring the register of sensitive columns up to date, and tell what is new."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from switchyard.discovery.exposures import (
    Exposure,
    Judged,
    RegisterRow,
    ReviewedException,
    expired,
    judge,
)
from switchyard.discovery.macie_job import moment
from switchyard.discovery.names import run_date
from switchyard.ledger.rows import DiscoveryRunRow, ExposureExceptionRow, SensitiveColumnRow
from switchyard.observability import metrics
from switchyard.operators.base import Pause
from switchyard.operators.discovery import collect, load
from switchyard.operators.discovery.statements import AthenaOperator
from switchyard.waiting.kinds import Wait

_CHANGES = "changes"
_SHOWN = 50
"""New exposures that an alert names; it tells how many more there are."""


class RegisterExposuresOperator(AthenaOperator):
    """Compare the run's register with the ledger's, alert on what is new, and note what exceptions silence.

    The alert goes out before it is recorded: after a crash in between it comes twice, never not at all.

    Args:
        exceptions: the reviewed exceptions of the configuration.
        topic_arn: where alerts go; None logs them alone.
    """

    reports = metrics.reported(
        exposures=metrics.EXPOSURES,
        new=metrics.EXPOSURES_NEW,
        silenced=metrics.EXPOSURES_SILENCED,
        gone=metrics.EXPOSURES_GONE,
    )

    def __init__(
        self, *, exceptions: Sequence[Mapping[str, str]], topic_arn: str | None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.exceptions = list(exceptions)
        self.topic_arn = topic_arn
        self._counts = {"exposures": 0, "new": 0, "silenced": 0, "gone": 0}

    def act(self, context: Any) -> Wait | Pause | None:
        if self.dry_run:
            return None
        day = run_date(self.stamp)
        if (
            wait := self.statement(context, "select", "select_run", run_date=day, run_id=self.stamp)
        ) is not None:
            return wait
        rows = [_row(one) for one in self.rows(context, "select")]
        known = {_exposure(one): one for one in self.ledger.sensitive_columns(self.pipeline)}
        there = {name for name, one in known.items() if one.get("gone_at") is None}
        told = {name for name in there if known[name].get("alerted_at") is not None}
        exceptions = [ReviewedException.from_dict(one) for one in self.exceptions]
        judged = judge(
            (row.exposure for row in rows),
            known=there,
            alerted=told,
            exceptions=exceptions,
            today=datetime.now(UTC).date(),
            is_whole=self.read(collect.NOTE)["origin"] == "result",
            hidden={(row.schema, row.table, row.detector) for row in rows if row.truncated},
        )
        self._keep_exceptions()
        self._counts = self._count(context, rows, judged)
        self._alert(judged)
        notes = self._exception_notes(context, judged, exceptions)
        now = datetime.now(UTC)
        named = self.run_of(context)
        run = DiscoveryRunRow(
            dag_id=named["dag_id"],
            run_id=named["run_id"],
            pipeline=self.pipeline,
            state="registered",
            # What an earlier try of the step, or the step before it was cleared, has recorded is not new any longer.
            new_exposures=self.ledger.new_exposures(**named) + len(judged.alerting),
            silenced_exposures=self._counts["silenced"],
            registered_at=now,
        )
        self.ledger.record_exposures([*self._changes(rows, known, judged, now)], notes, run)
        self.measure(context, metrics.FINDINGS_LAG, self._lag(now))
        return None

    def result(self, context: Any) -> dict[str, Any]:
        counts = self._counts
        for events in (context["outlet_events"][asset] for asset in self.outlets):
            events.extra = {"stamp": self.stamp, **counts}
        return {
            **counts,
            "summary": f"{counts['exposures']} exposures, {counts['new']} new, {counts['silenced']} silenced",
        }

    def _lag(self, now: datetime) -> float | None:
        """Seconds since this run's load began; None where its note tells no time."""
        fresh = (self.find(load.NOTE) or {}).get("fresh")
        return (now - moment(fresh)).total_seconds() if fresh else None

    def _count(self, context: Any, rows: Sequence[RegisterRow], judged: Judged) -> dict[str, int]:
        """Count for people; what an earlier try of the step has recorded is new, or gone, no longer."""
        memory = context["task_state_store"]
        seen = memory.get(_CHANGES) or {}
        changes = {"new": len(judged.alerting), "gone": len(judged.gone)}
        changes = {name: max(count, seen.get(name, 0)) for name, count in changes.items()}
        memory.set(_CHANGES, changes)
        exposures = len({row.exposure for row in rows})
        return {"exposures": exposures, "silenced": len(judged.silenced), **changes}

    def _keep_exceptions(self) -> None:
        run = {"pipeline": self.pipeline, "run_id": self.stamp, "run_date": run_date(self.stamp)}
        lines = (json.dumps(run | _named(one), ensure_ascii=False) + "\n" for one in self.exceptions)
        self.keep(self.store.lines("exceptions"), "".join(lines).encode())

    def _alert(self, judged: Judged) -> None:
        if not judged.alerting:
            return
        lines = [str(one) for one in judged.alerting[:_SHOWN]]
        if len(judged.alerting) > _SHOWN:
            lines.append(f"and {len(judged.alerting) - _SHOWN} more")
        count = len(judged.alerting)
        heading = f"{count} new exposure{'s' if count > 1 else ''} in {self.pipeline}"
        text = "\n".join([f"{heading}, run {self.stamp}:", *lines])
        self.log.warning("%s", text)
        if self.topic_arn is not None:
            self.client("sns").publish(TopicArn=self.topic_arn, Subject=heading[:100], Message=text)

    def _exception_notes(
        self, context: Any, judged: Judged, exceptions: Sequence[ReviewedException]
    ) -> list[ExposureExceptionRow]:
        """How the run met each exception."""
        late = expired(exceptions, datetime.now(UTC).date())
        notes: list[ExposureExceptionRow] = []
        for number, one in enumerate(exceptions, 1):
            used = sum(reviewed is one for _, reviewed in judged.silenced)
            notes.append(
                ExposureExceptionRow(
                    **self.run_of(context),
                    number=number,
                    schema_name=one.schema,
                    table_name=one.table,
                    column_name=one.column,
                    detector=one.detector,
                    owner=one.owner,
                    reason=one.reason,
                    expires=one.expires.isoformat(),
                    state="expired" if one in late else "in force" if used else "unused",
                    exposures=used,
                )
            )
        return notes

    def _changes(
        self,
        rows: Sequence[RegisterRow],
        known: Mapping[Exposure, SensitiveColumnRow],
        judged: Judged,
        now: datetime,
    ) -> Iterator[SensitiveColumnRow]:
        alerting, silenced = set(judged.alerting), {one for one, _ in judged.silenced}
        for row in rows:
            change: SensitiveColumnRow = {
                **_key(self.pipeline, row.exposure),
                "category": row.category,
                "severity": row.severity,
                "occurrences": row.occurrences,
                "truncated": row.truncated,
                "last_seen_at": now,
                "last_stamp": self.stamp,
                "gone_at": None,
            }
            if row.exposure in alerting or row.exposure in silenced:
                change["alerted_at"] = None if row.exposure in silenced else now
            if row.exposure not in known:
                change["first_seen_at"], change["first_stamp"] = now, self.stamp
            yield change
        for gone in judged.gone:
            yield {**_key(self.pipeline, gone), "gone_at": now}


def _row(found: Mapping[str, str | None]) -> RegisterRow:
    return RegisterRow(
        schema=str(found["schema_name"]),
        table=str(found["table_name"]),
        column=found["column_name"] or "",
        category=str(found["category"]),
        detector=str(found["detector"]),
        occurrences=int(found["occurrences"] or 0),
        objects=int(found["objects"] or 0),
        severity=int(found["severity"] or 0),
        truncated=found["truncated"] == "true",
    )


def _exposure(row: SensitiveColumnRow) -> Exposure:
    return Exposure(row["schema_name"], row["table_name"], row["column_name"], row["detector"])


def _key(pipeline: str, exposure: Exposure) -> SensitiveColumnRow:
    return SensitiveColumnRow(
        pipeline=pipeline,
        schema_name=exposure.schema,
        table_name=exposure.table,
        column_name=exposure.column,
        detector=exposure.detector,
    )


def _named(exception: Mapping[str, str]) -> dict[str, str]:
    """An exception under the names of columns."""
    renamed = {"schema": "schema_name", "table": "table_name", "column": "column_name"}
    return {renamed.get(name, name): value for name, value in exception.items()}
