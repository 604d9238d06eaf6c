"""Look at what a disaster of this minute would find, and tell people when it is too little."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aurora_recovery import watch
from switchyard.aurora_recovery.alerts import Alert, Complaint, Event
from switchyard.aurora_recovery.manifest import Manifest
from switchyard.aurora_recovery.selection import SeenSnapshot, Window, select
from switchyard.aurora_recovery.untrusted import utc_text
from switchyard.aws import console as pages
from switchyard.aws.error_table import Disposition, disposition
from switchyard.errors import BadInput, CheckFailed
from switchyard.ledger.connection import DEFAULT_CONN_ID
from switchyard.ledger.watching import WatchLedger, watching_from_airflow
from switchyard.ledger.writer import LedgerUnavailable
from switchyard.observability import metrics
from switchyard.operators.aurora.points import SeesRecoveryPointsOperator
from switchyard.operators.base import AwsOperator
from switchyard.waiting.kinds import Wait

_LEDGER = "ledger"
"""Cause of the outage in which nobody can remember of what people were told."""


class FindUsablePointOperator(SeesRecoveryPointsOperator):
    """Find the newest recovery point that a restore could use now: admitted, available, manifest and key at hand.

    It sees what the acceptance of a restore would see, and judges without a limit of age. Changes nothing; that there
    is none is a finding and no failure.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.found: dict[str, Any] = {}

    def act(self, context: Any) -> Wait | None:
        del context
        seen = self._seen(set())
        refused: list[str] = []
        while True:
            selection = select(seen, self.allow, Window(now=datetime.now(UTC)))
            refused += [] if refused else [str(one) for one in selection.refused if one.code != "superseded"]
            chosen = selection.chosen
            objection = chosen and self._objection(chosen)
            if chosen is None or objection is None:
                break
            refused.insert(0, f"{chosen.arn}: {objection}")
            seen = [one for one in seen if one is not chosen]
        self.found = {
            "snapshot_arn": chosen.arn if chosen else None,
            "data_as_of": utc_text(chosen.source_time) if chosen else None,
            "refused": refused,
            "summary": f"{chosen.arn}, data of {utc_text(chosen.source_time)}"
            if chosen
            else "none is usable",
        }
        return None

    def result(self, context: Any) -> dict[str, Any]:
        for refusal in self.found["refused"]:
            self.log.info("Not usable: %s", refusal)
        return self.found

    def _objection(self, point: SeenSnapshot) -> str | None:
        """Why a restore would fail although the snapshot itself is suitable."""
        text = self._manifest_text(point.arn)
        if text is None:
            return f"s3://{self.manifest_bucket}/{self._key(point.arn)} is missing"
        try:
            self._require_same_source(point, Manifest.from_json(text, sha256=point.manifest_sha256))
        except BadInput as error:
            return str(error)
        return self._key_objection(str(point.kms_key_arn))

    def _key_objection(self, key_arn: str) -> str | None:
        try:
            kms = self.client("kms", region_name=key_arn.split(":")[3])
            state = kms.describe_key(KeyId=key_arn)["KeyMetadata"]["KeyState"]
        except ClientError as error:
            if disposition(error) is Disposition.RETRY_SHORT:
                raise
            return f"its key {key_arn} cannot be used: KMS answers {error.response['Error']['Code']}"
        return None if state == "Enabled" else f"its key {key_arn} is {state}"


class TellOutagesOperator(AwsOperator):
    """Tell of outages that begin and of those that are over, once each, and fail while one lasts.

    Whom it told of what it reads back from the ledger. The message goes out before that is recorded: after a crash in
    between it comes twice, never not at all. While the ledger is away, every look tells of everything that is amiss.

    Args:
        pipeline: the pipeline instance.
        found: what the search for a usable recovery point handed on; None where it failed.
        rpo_minutes: how old the newest usable data may be.
        drill_days: how long ago the last proved restore may lie; None asks for none.
        topic_arn: where alerts go; None tells the log alone.
    """

    console = (pages.TOPIC,)
    service = "sns"
    template_fields = (*AwsOperator.template_fields, "found")

    def __init__(
        self,
        *,
        pipeline: str,
        found: Any,
        rpo_minutes: int,
        drill_days: int | None,
        topic_arn: str | None,
        ledger_conn_id: str = DEFAULT_CONN_ID,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pipeline = pipeline
        self.found = found
        self.goals = watch.Goals(
            timedelta(minutes=rpo_minutes), None if drill_days is None else timedelta(days=drill_days)
        )
        self.topic_arn = topic_arn
        self.ledger_conn_id = ledger_conn_id

    @cached_property
    def _ledger(self) -> WatchLedger:
        return watching_from_airflow(self.ledger_conn_id)

    def act(self, context: Any) -> Wait | None:
        now = datetime.now(UTC)
        sight = self._sight()
        self.measure(context, metrics.POINT_AGE, _age(sight.data_as_of, now))
        try:
            proved_at = self._ledger.last_proved(self.pipeline)
            told = [watch.Outage(*one) for one in self._ledger.open_outages(self.pipeline)]
        except (LedgerUnavailable, BadInput) as error:
            # Nobody knows what people were told: twice is better than never.
            sight_alone = watch.complaints(sight, dataclasses.replace(self.goals, drill=None), now)
            self._tell_all([*sight_alone, _without_ledger(error, now)], now)
            return None
        amiss = watch.complaints(dataclasses.replace(sight, proved_at=proved_at), self.goals, now)
        self.measure(context, metrics.PROOF_AGE, _age(proved_at, now))
        self.measure(context, metrics.OUTAGES, len(amiss))
        news = watch.news(amiss, told, sighted=not sight.trouble)
        for outage in news.over:
            self._tell_end(outage, now)
        for complaint in news.begun:
            self._tell_begin(complaint, now)
        self._require_nothing(amiss)
        return None

    def result(self, context: Any) -> dict[str, Any]:
        return {"summary": "a recovery would meet its objectives", **_handed(self.found)}

    def _sight(self) -> watch.Sight:
        if not isinstance(self.found, Mapping) or "snapshot_arn" not in self.found:
            return watch.Sight(trouble="the step that looks for recovery points failed")
        moment = self.found["data_as_of"]
        return watch.Sight(
            point_arn=self.found["snapshot_arn"],
            data_as_of=datetime.fromisoformat(moment) if moment else None,
            refusals=tuple(self.found["refused"]),
        )

    def _tell_all(self, amiss: list[Complaint], now: datetime) -> None:
        for complaint in amiss:
            self._publish("outage began", complaint, now)
        self._require_nothing(amiss)

    def _tell_begin(self, complaint: Complaint, now: datetime) -> None:
        self._publish("outage began", complaint, now)
        if not self.dry_run:
            self._ledger.record_recovery_outage(
                pipeline=self.pipeline,
                cause=complaint.cause,
                began_at=complaint.since,
                found=complaint.value,
                problem=complaint.problem,
                remedy=complaint.remedy,
                alerted_at=now,
            )

    def _tell_end(self, outage: watch.Outage, now: datetime) -> None:
        complaint = Complaint(
            cause=outage.cause,
            field=outage.cause,
            value="as promised again",
            problem=f"it was not since {utc_text(outage.began_at)}",
            remedy="Nothing is left to do",
            since=outage.began_at,
        )
        self._publish("outage is over", complaint, now)
        if not self.dry_run:
            self._ledger.record_recovery_outage(
                pipeline=self.pipeline,
                cause=outage.cause,
                began_at=outage.began_at,
                ended_at=now,
                end_alerted_at=now,
            )

    def _publish(self, event: Event, complaint: Complaint, now: datetime) -> None:
        alert = Alert(event, self.pipeline, complaint, now)
        self.log.warning("%s: %s", alert.subject, complaint)
        if self.topic_arn is not None:
            self.client().publish(TopicArn=self.topic_arn, Subject=alert.subject, Message=alert.to_json())

    def _require_nothing(self, amiss: list[Complaint]) -> None:
        if amiss and not self.dry_run:
            raise CheckFailed(
                what=f"objectives of {self.pipeline}",
                found="; ".join(f"{one.field} is {one.value}: {one.problem}" for one in amiss),
                remedy=" ".join(dict.fromkeys(f"{one.remedy}." for one in amiss)),
            )


def _age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else (now - moment).total_seconds()


def _handed(found: Any) -> dict[str, Any]:
    return {name: found[name] for name in ("snapshot_arn", "data_as_of")}


def _without_ledger(error: Exception, now: datetime) -> Complaint:
    return Complaint(
        cause=_LEDGER,
        field="ledger",
        value="not reached",
        problem=f"{error}",
        remedy="Until it is back, every look tells of everything again, and proved restores are not looked at",
        since=now,
    )
