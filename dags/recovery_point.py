"""
# Recovery point of an Aurora cluster or a plain RDS instance

Makes one recovery point: a snapshot in the source Region, its copy in the recovery Region under that Region's key,
shared with the recovery account alone, and announced there. It runs in the source account, as often as the recovery point
objective asks. Every step may be run again at any time; nothing is deleted before something newer has arrived. In one account,
in one Region, or where the target account copies by itself, the steps of copying and sharing have nothing to do, and say so.

1. Check source, keys, quotas and places
2. Capture the manifest: settings, row counts, watermarks
3. Snapshot the source
4. Copy the snapshot into the recovery Region under its key
5. Share the copy with the recovery account alone
6. Announce the recovery point
7. Delete the snapshots that retention no longer asks for

Nobody can snapshot the past: a backfilled or dated run adopts the recovery point that was made in its data interval (from a
tick of the schedule on, for as long as the recovery point objective), completes its copy and its share where they are missing, and
announces nothing; where there is none it is skipped. A dry run prints every call that would change something, and makes none.
"""

from airflow.sdk import chain

from switchyard.operators.aurora.manifest import CaptureManifestOperator
from switchyard.operators.aurora.preflight import CheckRecoveryPointPreconditionsOperator
from switchyard.operators.aurora.publish import AnnounceRecoveryPointOperator
from switchyard.operators.aurora.retention import ApplyRetentionOperator
from switchyard.operators.aurora.snapshots import (
    CopySnapshotOperator,
    CreateSnapshotOperator,
    ShareSnapshotOperator,
)
from switchyard.pipelines.aurora_recovery import (
    recovery_pipelines,
    recovery_point_dag,
    recovery_point_outlets,
    source_snapshot_arn,
)
from switchyard.pipelines.common import within
from switchyard.pipelines.recovery_watch import TimedDag

for pipeline in recovery_pipelines("recovery_point"):
    with TimedDag(**recovery_point_dag(pipeline), doc_md=__doc__) as dag:
        minutes = pipeline.waits.timeouts_minutes
        source = {
            "aws_conn_id": pipeline.source.aws_conn_id,
            "account_id": pipeline.source.account_id,
            "region_name": pipeline.source.region,
            "kind": pipeline.kind,
        }
        recovery = source | {"region_name": pipeline.recovery_region}
        own = {"pipeline": pipeline.pipeline, "stamp": "{{ stamp(dag_run) }}"}
        # A run of the past goes on with the recovery point that it adopts.
        snapshot_id = "{{ ti.xcom_pull(task_ids='check_preconditions', key='snapshot_id') }}"
        run = own | {"stamp": "{{ ti.xcom_pull(task_ids='check_preconditions', key='snapshot_stamp') }}"}
        shared = source | {"region_name": pipeline.announced_region}

        check = CheckRecoveryPointPreconditionsOperator(
            task_id="check_preconditions",
            task_display_name="1. Check source, keys, quotas and places",
            engine=pipeline.engine,
            source_id=pipeline.source.identifier,
            kms_key_id=pipeline.source.kms_key_id,
            recovery_region=pipeline.recovery_region,
            recovery_key_id="" if pipeline.no_copy else pipeline.copy_key_id,
            recovery_key_field=pipeline.copy_key_field,
            login_secret_id=pipeline.login.source_secret_id,
            manifest_bucket=pipeline.manifest.bucket,
            topic_arn=pipeline.notification.topic_arn,
            snapshot_id="{{ names(dag_run).snapshot_id }}",
            period_minutes=pipeline.objectives.rpo_minutes,
            **own,
            **source,
            **within(pipeline, minutes.checks),
        )
        manifest = CaptureManifestOperator(
            task_id="capture_manifest",
            task_display_name="2. Capture the manifest: settings, row counts, watermarks",
            engine=pipeline.engine,
            source_id=pipeline.source.identifier,
            snapshot_id=snapshot_id,
            recovery_region=pipeline.recovery_region,
            bucket=pipeline.manifest.bucket,
            prefix=pipeline.manifest.prefix,
            kms_key_id=pipeline.manifest_key_id,
            login_secret_id=pipeline.login.source_secret_id,
            database=pipeline.login.database,
            row_counts=pipeline.sanity.row_counts,
            watermarks=pipeline.sanity.watermarks,
            adopted=check.output["adopted"],
            **run,
            **source,
            **within(pipeline, minutes.checks),
        )
        snapshot = CreateSnapshotOperator(
            task_id="create_snapshot",
            task_display_name="3. Snapshot the source",
            source_id=pipeline.source.identifier,
            snapshot_id=snapshot_id,
            snapshot_tags=manifest.output["snapshot_tags"],
            **run,
            **source,
            **within(pipeline, minutes.snapshot),
        )
        copy = CopySnapshotOperator(
            task_id="copy_snapshot",
            task_display_name="4. Copy the snapshot into the recovery Region under its key",
            source_snapshot_arn=source_snapshot_arn(pipeline, snapshot_id),
            source_region=pipeline.source.region,
            snapshot_id=snapshot_id,
            snapshot_tags=manifest.output["snapshot_tags"],
            kms_key_id=pipeline.copy_key_id,
            role="recovery-copy",
            unneeded=pipeline.no_copy,
            pool=pipeline.pools.copy_snapshot,
            **run,
            **recovery,
            **within(pipeline, minutes.copy_snapshot),
        )
        share = ShareSnapshotOperator(
            task_id="share_snapshot",
            task_display_name="5. Share the copy with the recovery account alone",
            snapshot_id=snapshot_id,
            target_account_id=pipeline.target.account_id,
            unneeded=pipeline.no_share,
            **shared,
            **within(pipeline, minutes.checks),
        )
        announce = AnnounceRecoveryPointOperator(
            task_id="announce_recovery_point",
            task_display_name="6. Announce the recovery point",
            topic_arn=pipeline.notification.topic_arn,
            engine=pipeline.engine,
            source_region=pipeline.source.region,
            source_id=pipeline.source.identifier,
            snapshot_id=snapshot_id,
            copy_snapshot_arn=copy.output["snapshot_arn"],
            copy_kms_key_arn=copy.output["kms_key_id"],
            manifest=manifest.output,
            adopted=check.output["adopted"],
            target_account_id=pipeline.target.account_id,
            outlets=recovery_point_outlets(pipeline),
            **run,
            **recovery,
            **within(pipeline, minutes.checks),
        )
        retention = ApplyRetentionOperator(
            task_id="apply_retention",
            task_display_name="7. Delete the snapshots that retention no longer asks for",
            source_id=pipeline.source.identifier,
            regions=sorted({pipeline.source.region, pipeline.recovery_region}),
            bucket=pipeline.manifest.bucket,
            acknowledgements_prefix=pipeline.manifest.acknowledgements_prefix,
            keep_last="{{ params.keep_last }}",
            keep_days="{{ params.keep_days }}",
            require_acknowledgement=pipeline.retention.require_acknowledgement,
            pipeline=pipeline.pipeline,
            **recovery,
            **within(pipeline, minutes.checks),
        )
        chain(check, manifest, snapshot, copy, share, announce, retention)
