"""Accept a recovery point: whatever was announced, only what AWS itself shows and the allow-list admits counts."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk.exceptions import AirflowSkipException
from botocore.exceptions import ClientError

from switchyard.aurora_recovery.manifest import Manifest
from switchyard.aurora_recovery.message import RecoveryPointMessage
from switchyard.aurora_recovery.modes import Mode, Purpose
from switchyard.aurora_recovery.names import LONGEST_INSTANCE_ID, is_autoscaled, valid_identifier
from switchyard.aurora_recovery.selection import SeenSnapshot, Selection, Window, select
from switchyard.aurora_recovery.untrusted import utc_text
from switchyard.aws.error_table import Disposition, disposition
from switchyard.errors import BadInput
from switchyard.operators.aurora import tags
from switchyard.operators.aurora.announcements import announced, recorded_hash
from switchyard.operators.aurora.modes import described, purpose_of
from switchyard.operators.aurora.notes import note_begun
from switchyard.operators.aurora.points import SeesRecoveryPointsOperator, made_at
from switchyard.operators.aurora.preflight import require_customer_key, require_quota
from switchyard.operators.aurora.protected import Described, DescribedSnapshot
from switchyard.waiting.kinds import Wait


class AcceptRecoveryPointOperator(SeesRecoveryPointsOperator):
    """Choose the recovery point to restore and refuse every other one with its reason.

    A person's choice may be old; what a message announces must be fresh and newer than what is live. Changes nothing.

    Args:
        live_id: the name that the candidate will take.
        rename_instances: whether its instances will take the names of the instances that are live.
        kms_key_id: key of the target account that will encrypt what is restored.
        snapshot_arn: the recovery point that a person named; empty takes the announced or the newest one.
        max_age_minutes: age beyond which an announced recovery point is stale.
        configured_mode: what a run is for that is not asked for something else.
        instance_class: class of the restored instances.
        test_instance_class: the same for tests.
        no_local_copy: why nothing is copied before the restore; empty where it is.
    """

    template_fields = (*SeesRecoveryPointsOperator.template_fields, "snapshot_arn", "stamp")

    def __init__(
        self,
        *,
        live_id: str,
        rename_instances: bool,
        kms_key_id: str,
        snapshot_arn: str,
        max_age_minutes: int,
        login_secret_id: str,
        no_local_copy: str = "",
        stamp: str = "",
        configured_mode: Mode = "swap",
        instance_class: str | None = None,
        test_instance_class: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.stamp = stamp
        self.configured_mode = configured_mode
        self.instance_class = instance_class
        self.test_instance_class = test_instance_class
        self.purpose: Purpose | None = None
        self.live_id = live_id
        self.rename_instances = rename_instances
        self.kms_key_id = kms_key_id
        self.snapshot_arn = snapshot_arn
        self.max_age = timedelta(minutes=max_age_minutes)
        self.login_secret_id = login_secret_id
        self.no_local_copy = no_local_copy
        self.accepted: dict[str, Any] = {}

    def act(self, context: Any) -> Wait | None:
        self.purpose = aim = purpose_of(context, configured=self.configured_mode)
        self.log.info("%s", aim)
        live = self.find(self.live_id)
        chosen, manifest, text = self._choose(announced(context), live)
        self._require_room_for_names(manifest, live)
        require_customer_key(
            self.client("kms"), self.kms_key_id, field="target.kms_key_id", region=self.region_name
        )
        # Of snapshots, the local copy and the final one of what is replaced.
        replaces = live is not None and aim.mode == "swap"
        snapshots = {self.protected.snapshots.quota: bool(not self.no_local_copy) + replaces}
        for quota, room in (self.protected.rooms(manifest) | snapshots).items():
            require_quota(self.client(), quota, region=self.region_name, room=room)
        self._require_login()
        manifest_sha256 = hashlib.sha256(text).hexdigest()
        self.accepted = {
            "snapshot_arn": chosen.arn,
            "snapshot_id": chosen.arn.rpartition(":")[2],
            "snapshot_region": chosen.arn.split(":")[3],
            "snapshot_stamp": manifest.stamp,
            "restore_from": self._restored_from(chosen.arn),
            "snapshot_tags": {
                tags.SOURCE_TIME: utc_text(manifest.source_time),
                tags.MANIFEST_SHA256: manifest_sha256,
            },
            "source_time": utc_text(manifest.source_time),
            "snapshot_time": self._made(chosen.arn),
            "manifest_uri": f"s3://{self.manifest_bucket}/{self._key(chosen.arn)}",
            "manifest_sha256": manifest_sha256,
            "live_resource_id": live.resource_id if live else "",
            "accepted_at": utc_text(datetime.now(UTC)),
            "instances": [member.instance_id for member in manifest.members],
            "live_instances": list(live.member_names) if live else [],
            **described(aim, context, usual_class=self.instance_class, test_class=self.test_instance_class),
        }
        if not self.dry_run:
            note_begun(context, pipeline=self.allow.pipeline, stamp=self.stamp, accepted=self.accepted)
        return None

    def result(self, context: Any) -> dict[str, Any]:
        point, mode = self.accepted, f"mode {self.accepted['mode']}, {self.accepted['because']}"
        return point | {"summary": f"{point['snapshot_id']}, data of {point['source_time']}; {mode}"}

    def _restored_from(self, snapshot_arn: str) -> str:
        """What names the snapshot to restore: AWS finds one of its own account by name, a share by ARN alone."""
        _, _, _, _, account_id, _, snapshot_id = snapshot_arn.split(":")
        is_own = account_id == self.account_id or not self.no_local_copy
        return snapshot_id if is_own else snapshot_arn

    def _require_login(self) -> None:
        try:
            self.client("secretsmanager").describe_secret(SecretId=self.login_secret_id)
        except ClientError as error:
            if disposition(error) is Disposition.RETRY_SHORT:
                raise
            raise BadInput(
                field="login.target_secret_id",
                value=self.login_secret_id,
                problem=f"{error.operation_name} answers {error.response['Error']['Code']}",
                remedy="Create it, correct its name, or let the pipeline's role reach it",
            ) from error

    def _made(self, snapshot_arn: str) -> str:
        """When AWS made this copy, as UTC text: no row of it can be younger."""
        rds = self.client(region_name=snapshot_arn.split(":")[3])
        described = self.protected.snapshots.find_visible(rds, snapshot_arn)
        return utc_text(made_at(described) if described else datetime.now(UTC))

    def _require_room_for_names(self, manifest: Manifest, live: Described | None) -> None:
        """Refuse names to which the run could not add its own part, hours before it would."""
        names = [member.instance_id for member in manifest.members]
        if live and self.rename_instances:
            names += live.member_names
        for name in names:
            if not is_autoscaled(name):
                valid_identifier("instance", name, limit=LONGEST_INSTANCE_ID)

    def _choose(
        self, messages: list[RecoveryPointMessage], live: Described | None
    ) -> tuple[SeenSnapshot, Manifest, bytes]:
        named = {self.snapshot_arn} if self._by_a_person else {one.snapshot_arn for one in messages}
        selection = select(self._seen(named), self.allow, self._window(live), named=named)
        for refusal in selection.refused:
            self.log.info("Refused %s", refusal)
        if selection.chosen is None:
            raise self._nothing_suitable(selection, named)
        text = self._manifest_text(selection.chosen.arn)
        if text is None:
            raise BadInput(
                field="manifest",
                value=self._key(selection.chosen.arn),
                problem=f"bucket {self.manifest_bucket} holds no such object",
                remedy="Restore it from the bucket's older versions, or name another recovery point",
            )
        manifest = Manifest.from_json(text, sha256=recorded_hash(selection.chosen, messages, text))
        self._require_same_source(selection.chosen, manifest)
        return selection.chosen, manifest, text

    def _nothing_suitable(
        self, selection: Selection, named: Collection[str]
    ) -> BadInput | AirflowSkipException:
        reasons = "; ".join(map(str, selection.refused)) or "no snapshot is shared with this account"
        if not named and self.purpose is not None and self.purpose.as_of:
            moment = utc_text(self.purpose.as_of)
            return AirflowSkipException(
                f"Nothing is restored: the run's data interval ends at {moment}, and there is no recovery point of "
                f"{self.allow.source_id} that is not later: {reasons}"
            )
        return BadInput(
            field="snapshot_arn",
            value=", ".join(sorted(named)) or "the newest suitable one",
            problem=f"no recovery point can be accepted: {reasons}",
            remedy="Run the recovery_point DAG of this pipeline, or name a suitable snapshot",
        )

    @property
    def _by_a_person(self) -> bool:
        return self.snapshot_arn not in ("", "None", None)

    def _window(self, live: Described | None) -> Window:
        now = datetime.now(UTC)
        if self._by_a_person or self.purpose is None:
            return Window(now=now)
        live_time = tags.source_time_of(live.tags) if live else None
        return self.purpose.window(now=now, max_age=self.max_age, live_time=live_time)

    def _is_too_late(self, snapshot: DescribedSnapshot) -> bool:
        return self.purpose is not None and not self.purpose.near(snapshot.arn)
