"""
# Watch over the recovery of a database

Tells people when a disaster of this minute would cost more than was promised. It runs in the target account on a schedule
of its own, and needs nothing of the source account's Airflow, whose silence is what it is there to notice. It changes nothing.

1. Find the newest recovery point that a restore could use
2. Tell of outages that begin and of those that are over

A recovery point counts where the allow-list admits it, it is available, its manifest can be read and belongs to it, and its key
is enabled. A run is red while no such point is younger than `objectives.rpo_minutes`, while the last proved restore is older
than `objectives.drill_days`, and where it could not look. People are told through `alert.target_topic_arn`, once when an outage
begins and once when it is over, however often it is looked at; the ledger remembers what they were told. A dry run looks, prints
the alerts that it would send, and sends none.
"""

from airflow.sdk import DAG, chain

from switchyard.operators.aurora.watch import FindUsablePointOperator, TellOutagesOperator
from switchyard.pipelines.aurora_recovery import allow_list, recovery_pipelines
from switchyard.pipelines.common import within
from switchyard.pipelines.recovery_watch import recovery_watch_dag

for pipeline in recovery_pipelines("recovery_watch"):
    with DAG(**recovery_watch_dag(pipeline), doc_md=__doc__) as dag:
        minutes = pipeline.waits.timeouts_minutes
        target = {
            "aws_conn_id": pipeline.target.aws_conn_id,
            "account_id": pipeline.target.account_id,
            "region_name": pipeline.target.region,
        }

        find = FindUsablePointOperator(
            task_id="find_usable_point",
            task_display_name="1. Find the newest recovery point that a restore could use",
            allow=allow_list(pipeline),
            manifest_bucket=pipeline.manifest.bucket,
            manifest_prefix=pipeline.manifest.prefix,
            kind=pipeline.kind,
            **target,
            **within(pipeline, minutes.checks),
        )
        tell = TellOutagesOperator(
            task_id="tell_outages",
            task_display_name="2. Tell of outages that begin and of those that are over",
            trigger_rule="all_done",
            pipeline=pipeline.pipeline,
            found=find.output,
            rpo_minutes=pipeline.objectives.rpo_minutes,
            drill_days=pipeline.objectives.drill_days,
            topic_arn=pipeline.alert.target_topic_arn,
            **target,
            **within(pipeline, minutes.checks),
        )
        chain(find, tell)
