"""
# Restore of an Aurora cluster or a plain RDS instance from a recovery point

Takes a recovery point that the source account shared, makes a cluster or an instance of it, proves it, and lets it take the live
name. It runs in the target account: started by the announcement of a recovery point, at an event of an asset, on a schedule, or
by hand with the ARN of a snapshot. Every step may be run again at any time. The live name is only ever borne by a cluster that
was proved; the cluster that it replaces is kept until the new one has answered under the live name, and a failed verification
goes back to the old one by itself.

1. Accept a recovery point: read again from AWS, compared with the allow-list
2. Copy it locally under the target account's own key
3. Restore the candidate with the manifest's settings
4. Create the candidate's instances
5. Check the candidate: TLS, row counts, watermarks, SQL, settings
6. Approve the swap, where people are asked
7. Swap the names: the candidate takes the live name
8. Carry over what the names do not: custom endpoints, scaling, Data API, policies, proxies
9. Check the live endpoint, or go back to the old one
10. Approve the retirement, where people are asked
11. Retire the old one: drain, final snapshot, delete
12. Record the evidence, however the run ended
13. Tear the candidate of a test down, however the test ended
14. Delete the copies that retention no longer asks for

The `mode` of a run decides what it is for. `swap` is the above. `test` is a recovery drill: the candidate is restored, proved,
recorded and torn down again, also after a failure, and nothing that is live is touched. `keep` leaves the candidate running
beside the live one. Steps that a mode does not have are skipped and say so. A backfilled or dated run restores the newest
recovery point that is not later than the end of its data interval, in mode `test` unless it is asked for more; where there is
none it is skipped. A rejected swap ends the run as failed and keeps the candidate; a rejected retirement keeps the old one.
In one account, or where the share itself is restored, nothing is copied; a plain instance has no instances to create, and its swap
is two renames. Such steps have nothing to do and say so.
A dry run prints every call that would change something, and makes none.
"""

from airflow.sdk import TriggerRule, chain

from switchyard.operators.aurora.accept import AcceptRecoveryPointOperator
from switchyard.operators.aurora.after_swap import ApplyAfterSwapOperator
from switchyard.operators.aurora.approve import ApproveRetirementOperator, ApproveSwapOperator
from switchyard.operators.aurora.checks import CheckCandidateOperator, CheckLiveOperator
from switchyard.operators.aurora.evidence import RecordEvidenceOperator
from switchyard.operators.aurora.restore import CreateInstancesOperator, RestoreCandidateOperator
from switchyard.operators.aurora.retention import ApplyRetentionOperator
from switchyard.operators.aurora.retire import RetireOldOperator
from switchyard.operators.aurora.snapshots import CopySnapshotOperator
from switchyard.operators.aurora.swap import SwapNamesOperator
from switchyard.operators.aurora.teardown import TearDownCandidateOperator
from switchyard.pipelines.aurora_recovery import (
    allow_list,
    approval,
    instance_overrides,
    proof_outlets,
    recovery_pipelines,
    recovery_restore_dag,
    restore_overrides,
    swiftly,
)
from switchyard.pipelines.common import within
from switchyard.pipelines.recovery_watch import TimedDag

for pipeline in recovery_pipelines("recovery_restore"):
    with TimedDag(**recovery_restore_dag(pipeline), doc_md=__doc__) as dag:
        minutes = pipeline.waits.timeouts_minutes
        target = {
            "aws_conn_id": pipeline.target.aws_conn_id,
            "account_id": pipeline.target.account_id,
            "region_name": pipeline.target.region,
            "kind": pipeline.kind,
        }
        live = {"live_id": pipeline.target.identifier}
        run = {"pipeline": pipeline.pipeline, "stamp": "{{ stamp(dag_run) }}"}

        accept = AcceptRecoveryPointOperator(
            task_id="accept_recovery_point",
            task_display_name="1. Accept a recovery point: read again from AWS, compared with the allow-list",
            allow=allow_list(pipeline),
            rename_instances=pipeline.swap.rename_instances,
            kms_key_id=pipeline.target.kms_key_id,
            snapshot_arn="{{ params.snapshot_arn or '' }}",
            max_age_minutes=pipeline.max_recovery_point_age_minutes,
            manifest_bucket=pipeline.manifest.bucket,
            manifest_prefix=pipeline.manifest.prefix,
            login_secret_id=pipeline.login.target_secret_id,
            no_local_copy=pipeline.no_local_copy,
            stamp=run["stamp"],
            configured_mode=pipeline.restore.mode,
            instance_class=pipeline.target.instance_class,
            test_instance_class=pipeline.restore.test_instance_class,
            **live,
            **target,
            **within(pipeline, minutes.checks),
        )
        mode = {"mode": accept.output["mode"]}
        manifest = {
            "manifest_uri": accept.output["manifest_uri"],
            "manifest_sha256": accept.output["manifest_sha256"],
        }
        copy = CopySnapshotOperator(
            task_id="copy_locally",
            task_display_name="2. Copy it locally under the target account's own key",
            source_snapshot_arn=accept.output["snapshot_arn"],
            source_region=accept.output["snapshot_region"],
            snapshot_id=accept.output["snapshot_id"],
            snapshot_tags=accept.output["snapshot_tags"],
            kms_key_id=pipeline.target.kms_key_id,
            role="local-copy",
            unneeded=pipeline.no_local_copy,
            pipeline=pipeline.pipeline,
            stamp=accept.output["snapshot_stamp"],
            needed_by=run["stamp"],
            pool=pipeline.pools.copy_snapshot,
            **target,
            **within(pipeline, minutes.copy_snapshot),
        )
        chosen_class = accept.output["instance_class"]
        candidate = live | manifest | run | {"overrides": restore_overrides(pipeline, chosen_class)}
        instances_as = {"instance_overrides": instance_overrides(pipeline, chosen_class)}
        restore = RestoreCandidateOperator(
            task_id="restore_candidate",
            task_display_name="3. Restore the candidate with the manifest's settings",
            snapshot=accept.output["restore_from"],
            source_snapshot_arn=accept.output["snapshot_arn"],
            **mode,
            **candidate,
            **target,
            **within(pipeline, minutes.restore),
        )
        instances = CreateInstancesOperator(
            task_id="create_instances",
            task_display_name="4. Create the candidate's instances",
            **instances_as,
            **candidate,
            **target,
            **within(pipeline, minutes.instances),
        )
        login = {
            "engine": pipeline.engine,
            "login_secret_id": pipeline.login.target_secret_id,
            "database": pipeline.login.database,
        }
        proof = login | {
            "sql_checks": pipeline.sanity.checks,
            "deleted_rows_percent": pipeline.sanity.deleted_rows_percent,
            "snapshot_time": accept.output["snapshot_time"],
            "watermark_tolerance_seconds": pipeline.sanity.watermark_tolerance_seconds,
        }
        check_candidate = CheckCandidateOperator(
            task_id="check_candidate",
            task_display_name="5. Check the candidate: TLS, row counts, watermarks, SQL, settings",
            explained_differences=pipeline.explained_differences,
            explained_by_mode=accept.output["explained_differences"],
            **instances_as,
            **proof,
            **candidate,
            **target,
            **within(pipeline, minutes.checks),
        )
        approve_swap = ApproveSwapOperator(
            task_id="approve_swap",
            task_display_name="6. Approve the swap, where people are asked",
            accepted=accept.output,
            restored=restore.output,
            candidate=check_candidate.output,
            rename_instances=pipeline.swap.rename_instances,
            **approval(pipeline, "swap"),
            **live,
            **run,
        )
        swap = SwapNamesOperator(
            task_id="swap_names",
            trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
            task_display_name="7. Swap the names: the candidate takes the live name",
            live_resource_id=accept.output["live_resource_id"],
            candidate_resource_id=restore.output["resource_id"],
            rename_instances=pipeline.swap.rename_instances,
            stamp=run["stamp"],
            approval=approve_swap.output,
            approval_asked=pipeline.approval.swap,
            **mode,
            **live,
            **target,
            **swiftly(pipeline, minutes.swap),
        )
        settle = ApplyAfterSwapOperator(
            task_id="apply_after_swap",
            trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
            task_display_name="8. Carry over what the names do not: custom endpoints, scaling, Data API, policies, proxies",
            candidate_resource_id=restore.output["resource_id"],
            retired_resource_id=swap.output["retired_resource_id"],
            **mode,
            refresh_tls=pipeline.after_swap.refresh_tls,
            login_policies=pipeline.after_swap.login_policies,
            proxies=pipeline.after_swap.proxies,
            explained_differences=pipeline.explained_differences,
            **login,
            **candidate,
            **target,
            **swiftly(pipeline, minutes.after_swap),
        )
        check_live = CheckLiveOperator(
            task_id="check_live",
            trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
            task_display_name="9. Check the live endpoint, or go back to the old one",
            candidate_resource_id=restore.output["resource_id"],
            proxies=pipeline.after_swap.proxies,
            **mode,
            **proof,
            **candidate,
            **target,
            **swiftly(pipeline, minutes.swap),
        )
        approve_retire = ApproveRetirementOperator(
            task_id="approve_retire",
            trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
            task_display_name="10. Approve the retirement, where people are asked",
            accepted=accept.output,
            swapped=swap.output,
            live=check_live.output,
            action=pipeline.retire.action,
            final_snapshot="{{ params.final_snapshot }}",
            drain_minutes="{{ params.drain_minutes }}",
            **approval(pipeline, "retire"),
            **live,
            **run,
        )
        retire = RetireOldOperator(
            task_id="retire_old",
            trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
            task_display_name="11. Retire the old one: drain, final snapshot, delete",
            live_resource_id=restore.output["resource_id"],
            retired_resource_id=swap.output["retired_resource_id"],
            engine=pipeline.engine,
            login_secret_id=pipeline.login.target_secret_id,
            drain_minutes="{{ params.drain_minutes }}",
            action=pipeline.retire.action,
            final_snapshot="{{ params.final_snapshot }}",
            approval=approve_retire.output,
            approval_asked=pipeline.approval.retire,
            **mode,
            **live,
            **run,
            **target,
            **within(pipeline, minutes.retire),
        )
        record = RecordEvidenceOperator(
            task_id="record_evidence",
            trigger_rule=TriggerRule.ALL_DONE,
            task_display_name="12. Record the evidence, however the run ended",
            configured_mode=pipeline.restore.mode,
            source_id=pipeline.source.identifier,
            accepted=accept.output,
            restored=restore.output,
            candidate=check_candidate.output,
            swapped=swap.output,
            live=check_live.output,
            retired=retire.output,
            approvals={"swap": approve_swap.output, "retire": approve_retire.output},
            rpo_minutes=pipeline.objectives.rpo_minutes,
            rto_minutes=pipeline.objectives.rto_minutes,
            bucket=pipeline.manifest.bucket,
            acknowledgements_prefix=pipeline.manifest.acknowledgements_prefix,
            outlets=proof_outlets(pipeline),
            **live,
            **run,
            **target,
            **within(pipeline, minutes.checks),
        )
        tear_down = TearDownCandidateOperator(
            task_id="tear_down_candidate",
            task_display_name="13. Tear the candidate of a test down, however the test ended",
            accepted=accept.output,
            restored=restore.output,
            keep_last="{{ params.keep_last }}",
            keep_days="{{ params.keep_days }}",
            **live,
            **run,
            **target,
            **within(pipeline, minutes.retire),
        ).as_teardown(on_failure_fail_dagrun=True)
        retention = ApplyRetentionOperator(
            task_id="apply_retention",
            trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,
            task_display_name="14. Delete the copies that retention no longer asks for",
            source_id=pipeline.source.identifier,
            regions=[pipeline.target.region],
            unneeded=pipeline.no_retention,
            keep_last="{{ params.keep_last }}",
            keep_days="{{ params.keep_days }}",
            require_acknowledgement=False,
            released_by=run["stamp"],
            pipeline=pipeline.pipeline,
            **target,
            **within(pipeline, minutes.checks),
        )
        chain(
            accept,
            copy,
            restore,
            instances,
            check_candidate,
            approve_swap,
            swap,
            settle,
            check_live,
            approve_retire,
            retire,
            record,
            [tear_down, retention],
        )
        # A step of its own before the recording one would end a failed run well: the retention fails with what failed.
        retire >> retention
