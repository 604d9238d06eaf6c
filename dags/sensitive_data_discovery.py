"""
# Sensitive-data discovery

Keeps a register of the columns of a database that hold sensitive data. It runs on a schedule or by hand. DMS loads the
tables into an extract, Macie searches it, and the extract is deleted, however the run ended. The pipeline's role lists and
deletes there and can read nothing of it. One run at a time has the extract, from step 3 to step 11; another one waits in
step 3. Every step may be run again at any time.

1. Check Macie, buckets, key, workgroup, endpoints and connections
2. Try the custom identifiers
3. Purge the extract and prove it empty
4. Count the rows at the source
5. Load the extract
6. Reconcile the load, table by table
7. Search the extract
8. Collect findings and results
9. Publish the register
10. Compare with the register before, and alert
11. Purge the extract and prove it gone
12. End, red where a step before the purge failed

"No findings" is one of four things: clean, where every object was searched whole; unproven, where no discovery results are
kept; blind, where some objects were not searched; nothing scanned, where no object was in scope. The run says which, and only
clean is a success without more. A dry run makes all checks and counts, prints every call that would change something, and makes
none.
"""

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, chain

from switchyard.operators.discovery.classify import ClassifyExtractOperator
from switchyard.operators.discovery.collect import CollectEvidenceOperator
from switchyard.operators.discovery.counts import CountSourceRowsOperator
from switchyard.operators.discovery.identifiers import PrepareIdentifiersOperator
from switchyard.operators.discovery.load import LoadExtractOperator
from switchyard.operators.discovery.preflight import CheckDiscoveryPreconditionsOperator
from switchyard.operators.discovery.publish import PublishRegisterOperator
from switchyard.operators.discovery.purge import PurgeExtractOperator
from switchyard.operators.discovery.reconcile import ReconcileLoadOperator
from switchyard.operators.discovery.register import RegisterExposuresOperator
from switchyard.pipelines.common import within
from switchyard.pipelines.sensitive_data_discovery import (
    cost,
    discovery_dag,
    discovery_pipelines,
    exceptions,
    held_for,
    outlets,
    place,
    purge,
    section,
    source,
    tables,
)

for pipeline in discovery_pipelines():
    with DAG(**discovery_dag(pipeline), doc_md=__doc__) as dag:
        minutes = pipeline.waits.timeouts_minutes
        run = {"pipeline": pipeline.pipeline, "stamp": "{{ stamp(dag_run) }}", **place(pipeline)}
        extract = {"extract": section(pipeline, "extract")}
        load = {"load": section(pipeline, "load")}
        macie = {"macie": section(pipeline, "macie")}
        athena = {"athena": section(pipeline, "athena")}

        check = CheckDiscoveryPreconditionsOperator(
            task_id="check_preconditions",
            task_display_name="1. Check Macie, buckets, key, workgroup, endpoints and connections",
            replication_task_id=pipeline.load.replication_task_id,
            **extract,
            **macie,
            **athena,
            **run,
            **within(pipeline, minutes.checks),
        )
        prepare = PrepareIdentifiersOperator(
            task_id="prepare_identifiers",
            task_display_name="2. Try the custom identifiers",
            identifiers=section(pipeline, "macie")["custom_identifiers"],
            **run,
            **within(pipeline, minutes.checks),
        )
        empty = PurgeExtractOperator(
            task_id="empty_extract",
            task_display_name="3. Purge the extract and prove it empty",
            held_for=held_for(pipeline),
            **purge(pipeline),
            **run,
            **within(pipeline, minutes.purge),
        )
        count = CountSourceRowsOperator(
            task_id="count_source_rows",
            task_display_name="4. Count the rows at the source",
            source=source(pipeline),
            **tables(pipeline),
            **cost(pipeline),
            **run,
            **within(pipeline, minutes.counts),
        )
        fill = LoadExtractOperator(
            task_id="load_extract",
            task_display_name="5. Load the extract",
            **load,
            **extract,
            **tables(pipeline),
            **run,
            **within(pipeline, minutes.load),
        )
        reconcile = ReconcileLoadOperator(
            task_id="reconcile_load",
            task_display_name="6. Reconcile the load, table by table",
            source=source(pipeline),
            **load,
            **extract,
            **cost(pipeline),
            **run,
            **within(pipeline, minutes.counts),
        )
        classify = ClassifyExtractOperator(
            task_id="classify_extract",
            task_display_name="7. Search the extract",
            prepared=prepare.output,
            **extract,
            **macie,
            **run,
            **within(pipeline, minutes.search),
        )
        collect = CollectEvidenceOperator(
            task_id="collect_evidence",
            task_display_name="8. Collect findings and results",
            job_id=classify.output["job_id"],
            source=f"{pipeline.source.engine}:{pipeline.source.cluster_id}",
            settle_seconds=pipeline.waits.settle_seconds,
            **macie,
            **run,
            **within(pipeline, minutes.collect),
        )
        publish = PublishRegisterOperator(
            task_id="publish_register",
            task_display_name="9. Publish the register",
            **athena,
            **run,
            **within(pipeline, minutes.publish),
        )
        register = RegisterExposuresOperator(
            task_id="register_exposures",
            task_display_name="10. Compare with the register before, and alert",
            exceptions=exceptions(pipeline),
            topic_arn=pipeline.alert.topic_arn,
            outlets=outlets(pipeline),
            **athena,
            **run,
            **within(pipeline, minutes.publish),
        )
        purge_extract = PurgeExtractOperator(
            task_id="purge_extract",
            task_display_name="11. Purge the extract and prove it gone",
            ends_run=True,
            held_for=held_for(pipeline),
            **purge(pipeline),
            **run,
            **within(pipeline, minutes.purge),
        ).as_teardown(setups=empty, on_failure_fail_dagrun=True)
        # Airflow judges a run by its last steps; the purge alone would make it green whatever failed before.
        end = EmptyOperator(
            task_id="end_run", task_display_name="12. End, red where a step before the purge failed"
        )
        register >> end
        chain(
            check, prepare, empty, count, fill, reconcile, classify, collect, publish, register, purge_extract
        )
