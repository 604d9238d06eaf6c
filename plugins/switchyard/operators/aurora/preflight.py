"""Look before the first write: cluster, keys, quotas and places of a recovery point."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from airflow.sdk.exceptions import AirflowSkipException
from botocore.exceptions import ClientError

from switchyard.aurora_recovery.adoption import past
from switchyard.aurora_recovery.retention import OwnedSnapshot
from switchyard.aws import console as pages
from switchyard.aws.error_table import Disposition, disposition
from switchyard.errors import BadInput
from switchyard.operators.aurora.modes import interval_of_run, run_type
from switchyard.operators.aurora.protected import Described
from switchyard.operators.aurora.retention import owned
from switchyard.operators.aurora.step import RecoveryOperator
from switchyard.waiting.kinds import Wait


class CheckRecoveryPointPreconditionsOperator(RecoveryOperator):
    """Prove that a recovery point can be made, shared and announced, before anything is written.

    Waits for a cluster that is in the middle of a backup or a change; refuses everything else that would fail later.

    Args:
        engine: engine that the cluster must have, e.g. "aurora-mysql".
        source_id: name of what is protected.
        kms_key_id: customer-managed key that the cluster is encrypted with.
        recovery_region: Region of bucket and topic, which receives the copy.
        recovery_key_id: customer-managed KMS key of that Region, for the copy; empty where none is made.
        recovery_key_field: where that key is configured.
        login_secret_id: secret with the login that counts rows.
        manifest_bucket: bucket for manifests, in the recovery Region.
        topic_arn: topic that announces recovery points.
        snapshot_id: name of the recovery point that the run makes. A run of the past adopts one that was made then.
        stamp: the run's stamp.
        period_minutes: how long a run of the past stands for where its data interval has no length.
    """

    console = (pages.DATABASE % "source_id",)
    changes_nothing = True
    template_fields = (*RecoveryOperator.template_fields, "source_id", "snapshot_id", "stamp")

    def __init__(
        self,
        *,
        engine: str,
        source_id: str,
        kms_key_id: str,
        recovery_region: str,
        recovery_key_id: str,
        recovery_key_field: str,
        login_secret_id: str,
        manifest_bucket: str,
        topic_arn: str,
        pipeline: str = "",
        snapshot_id: str = "",
        stamp: str = "",
        period_minutes: float = 60,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pipeline = pipeline
        self.snapshot_id = snapshot_id
        self.stamp = stamp
        self.period = timedelta(minutes=period_minutes)
        self.adopted: OwnedSnapshot | None = None
        self.engine = engine
        self.source_id = source_id
        self.kms_key_id = kms_key_id
        self.recovery_region = recovery_region
        self.recovery_key_id = recovery_key_id
        self.recovery_key_field = recovery_key_field
        self.login_secret_id = login_secret_id
        self.manifest_bucket = manifest_bucket
        self.topic_arn = topic_arn

    def act(self, context: Any) -> Wait | None:
        source = self._require_source()
        self.adopted = self._adopt(context)
        key = require_customer_key(
            self.client("kms"), self.kms_key_id, field="source.kms_key_id", region=self.region_name
        )
        if source.fields["KmsKeyId"] != key["Arn"]:
            raise BadInput(
                field="source.kms_key_id",
                value=self.kms_key_id,
                problem=f"{self.kind} {self.source_id} is encrypted with {source.fields['KmsKeyId']}",
                remedy=f"Name the {self.kind}'s own key; its key changes only by restoring it",
            )
        regions = {self.region_name}
        if self.recovery_key_id:
            require_customer_key(
                self.client("kms", region_name=self.recovery_region),
                self.recovery_key_id,
                field=self.recovery_key_field,
                region=self.recovery_region,
            )
            regions.add(self.recovery_region)
        for region in sorted(regions):
            quota = self.protected.snapshots.quota
            require_quota(self.client(region_name=region), quota, region=region, room=1)
        self._require_places()
        available = self.protected.goals.available()
        return None if source.meets(available) else self.wait_for(self.source_id, available)

    def result(self, context: Any) -> dict[str, Any]:
        source = self._require_source()
        taken = self.adopted.snapshot_id if self.adopted else self.snapshot_id
        return {
            "source_id": self.source_id,
            "resource_id": source.resource_id,
            "engine_version": source.fields["EngineVersion"],
            "kms_key_id": source.fields["KmsKeyId"],
            "snapshot_id": taken,
            "snapshot_stamp": self.adopted.stamp if self.adopted else self.stamp,
            "adopted": self.adopted is not None,
            "summary": f"{self.source_id}, engine {source.fields['EngineVersion']}; the recovery point is "
            f"{taken}{', which is there' if self.adopted else ''}",
        }

    def _adopt(self, context: Any) -> OwnedSnapshot | None:
        """The recovery point that a run of the past stands for.

        Raises:
            AirflowSkipException: none was made then.
        """
        run = context["dag_run"]
        time = past(
            run_type=run_type(run),
            run_after=run.run_after,
            interval=interval_of_run(context),
            period=self.period,
        )
        if time is None:
            return None
        found = time.pick(map(owned, self.protected.snapshots.manual(self.client())), pipeline=self.pipeline)
        if found is None:
            raise AirflowSkipException(
                f"Nobody can snapshot the past: no recovery point of {self.source_id} is left that was made {time}"
            )
        self.log.info("Adopted %s, which was made %s", found.snapshot_id, time)
        return found

    def _require_source(self) -> Described:
        source = self.find(self.source_id)
        field = f"source.{self.kind}_id"
        if source is None:
            raise BadInput(
                field=field,
                value=self.source_id,
                problem=f"no such {self.kind} in account {self.account_id}, Region {self.region_name}",
                remedy="Correct the name, account or Region in the pipeline's configuration",
            )
        if source.fields["Engine"] != self.engine:
            raise BadInput(
                field="engine",
                value=self.engine,
                problem=f"{self.kind} {self.source_id} runs {source.fields['Engine']}",
                remedy=f"Correct engine or {field} in the pipeline's configuration",
            )
        if fault := self.protected.unfit(source):
            raise BadInput(field, self.source_id, *fault)
        return source

    def _require_places(self) -> None:
        recovery = self.recovery_region
        places = [
            ("login.source_secret_id", self.login_secret_id, self._find_secret),
            ("manifest.bucket", self.manifest_bucket, self._find_bucket),
            ("notification.topic_arn", self.topic_arn, self._find_topic),
        ]
        for field, value, find in places:
            try:
                find(recovery)
            except ClientError as error:
                if disposition(error) is Disposition.RETRY_SHORT:
                    raise
                raise BadInput(
                    field=field,
                    value=value,
                    problem=f"{error.operation_name} answers {error.response['Error']['Code']}",
                    remedy="Create it, correct its name, or let the pipeline's role reach it",
                ) from error

    def _find_secret(self, _recovery: str) -> None:
        self.client("secretsmanager").describe_secret(SecretId=self.login_secret_id)

    def _find_bucket(self, recovery: str) -> None:
        self.client("s3", region_name=recovery).head_bucket(
            Bucket=self.manifest_bucket, ExpectedBucketOwner=self.account_id
        )

    def _find_topic(self, recovery: str) -> None:
        self.client("sns", region_name=recovery).get_topic_attributes(TopicArn=self.topic_arn)


def require_customer_key(kms: Any, key_id: str, *, field: str, region: str) -> Mapping[str, Any]:
    """The metadata of a key that can encrypt what another account must read.

    Raises:
        BadInput: the key is unknown in this Region, managed by AWS, disabled or about to be deleted.
    """
    try:
        key: dict[str, Any] = kms.describe_key(KeyId=key_id)["KeyMetadata"]
    except ClientError as error:
        if disposition(error) is Disposition.RETRY_SHORT:
            raise
        problem = f"KMS in {region} answers {error.response['Error']['Code']}"
    else:
        if key["KeyManager"] != "CUSTOMER":
            problem = "a key managed by AWS cannot be used by another account"
        elif key["KeyState"] != "Enabled":
            problem = f"the key is {key['KeyState']}"
        else:
            return key
    raise BadInput(
        field=field,
        value=key_id,
        problem=problem,
        remedy=f"Name an enabled, customer-managed KMS key of Region {region}",
    )


def require_quota(rds: Any, quota: str, *, region: str, room: int) -> None:
    """Check that an RDS quota has room for what the run is about to make.

    Raises:
        BadInput: it has not; the message gives used and maximum.
    """
    quotas = {one["AccountQuotaName"]: one for one in rds.describe_account_attributes()["AccountQuotas"]}
    used, most = quotas[quota]["Used"], quotas[quota]["Max"]
    if used + room > most:
        raise BadInput(
            field=f"quota {quota} in {region}",
            value=f"{used} of {most} used",
            problem=f"the run needs {room} more",
            remedy="Delete what nobody needs, lower the retention, or ask AWS for a higher quota",
        )
