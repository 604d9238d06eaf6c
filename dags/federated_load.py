"""
# Federated load

Keeps tables of a Redshift warehouse equal to tables of a live Aurora MySQL or PostgreSQL database, which Redshift reads itself
by its federated queries. It runs on a schedule, at an event of an asset, by hand, or for any past interval by a backfill. Each
run reads the rows that changed in its window, into a table of its own; nothing touches the target before these rows are
checked. Every run may be repeated, in any order, and the target is the same.

1. Check warehouse, source and targets, and decide the windows
2. Ensure the external schemas
3. Try the source, and ensure the targets
4. Guard: see that the source itself will leave out all but the window
5. Stage the window
6. Check the stage
7. Apply the stage to the target in one transaction
8. Take away what the source has deleted
9. Reconcile target and source
10. Publish in the lake
11. Tidy up
12. Cancel what a killed step has left running

Source and target are compared by parts: what differs is an error unless the source has moved on since. Where more rows are gone
at the source than the configuration lets go, the run stops with the target as it was. Readers of the lake see the folder of an
earlier run until the new one is proved whole; folders of earlier runs are the way back.

A run for an interval reads that interval; a scheduled one also what runs before it have missed, or failed to load. A run by
hand reads all that changed since the windows end that were loaded one after the other, up to the run; the form's window
overrides both. A dry run makes all checks that read the source, prints every statement for the warehouse that follows from no
other's answer, and sends none.
"""

from airflow.sdk import DAG, chain

from switchyard.operators.federated.check_stage import CheckStageOperator
from switchyard.operators.federated.deletes import DeleteGoneOperator
from switchyard.operators.federated.ensure_schemas import EnsureExternalSchemasOperator
from switchyard.operators.federated.ensure_targets import EnsureTargetsOperator
from switchyard.operators.federated.guard import GuardReadingOperator
from switchyard.operators.federated.preflight import CheckLoadPreconditionsOperator
from switchyard.operators.federated.publish import PublishTableOperator
from switchyard.operators.federated.reconcile import ReconcileTableOperator
from switchyard.operators.federated.stage import StageWindowOperator
from switchyard.operators.federated.tidy import TidyLoadOperator
from switchyard.operators.redshift.cancel_statements import CancelStatementsOperator
from switchyard.pipelines.common import within
from switchyard.pipelines.federated_load import (
    DECIDED_WINDOWS,
    applying,
    cancelling,
    federated_load_dag,
    federated_loads,
    making_schemas,
    outlets,
    place,
    table_group,
    tables,
    windows,
    writing,
)

for pipeline in federated_loads():
    with DAG(**federated_load_dag(pipeline), doc_md=__doc__) as dag:
        minutes = pipeline.waits.timeouts_minutes
        whose = {"pipeline": pipeline.pipeline, "stamp": "{{ stamp(dag_run) }}"}
        run = {**whose, **place(pipeline)}

        check = CheckLoadPreconditionsOperator(
            task_id="check_preconditions",
            task_display_name="1. Check warehouse, source and targets, and decide the windows",
            tables=tables(pipeline),
            **windows(pipeline),
            **run,
            **within(pipeline, minutes.checks),
        )
        ensure = EnsureExternalSchemasOperator(
            task_id="ensure_schemas",
            task_display_name="2. Ensure the external schemas",
            **whose,
            **making_schemas(pipeline, check.output["user"]),
            **writing(pipeline),
            **within(pipeline, minutes.checks),
        )
        targets = EnsureTargetsOperator(
            task_id="ensure_targets",
            task_display_name="3. Try the source, and ensure the targets",
            tables=tables(pipeline),
            **run,
            **writing(pipeline),
            **within(pipeline, minutes.checks),
        )
        tidy = TidyLoadOperator(
            task_id="tidy_load",
            task_display_name="11. Tidy up",
            tables=tables(pipeline),
            outlets=outlets(pipeline),
            **run,
            **within(pipeline, minutes.tidy),
        )
        cancel = CancelStatementsOperator(
            task_id="cancel_statements",
            task_display_name="12. Cancel what a killed step has left running",
            **cancelling(pipeline),
            **within(pipeline, minutes.tidy),
        ).as_teardown()
        chain(check, ensure, targets)
        for table in pipeline.tables:
            one = {"table": pipeline.table(table.name), "windows": DECIDED_WINDOWS, **run}
            with table_group(table):
                guard = GuardReadingOperator(
                    task_id="guard_reading",
                    task_display_name=f"4. Guard: see that the source itself will leave out all but the window: {table.name}",
                    **one,
                    **within(pipeline, minutes.checks),
                )
                stage = StageWindowOperator(
                    task_id="stage_window",
                    task_display_name=f"5. Stage the window: {table.name}",
                    settle_seconds=pipeline.settle_seconds,
                    **one,
                    **writing(pipeline),
                    **within(pipeline, minutes.stage),
                )
                check_stage = CheckStageOperator(
                    task_id="check_stage",
                    task_display_name=f"6. Check the stage: {table.name}",
                    staged=stage.output,
                    **one,
                    **within(pipeline, minutes.checks),
                )
                apply = applying(table)(
                    task_id="apply_stage",
                    task_display_name=f"7. Apply the stage to the target in one transaction: {table.name}",
                    staged=stage.output,
                    **one,
                    **writing(pipeline),
                    **within(pipeline, minutes.apply),
                )
                delete = DeleteGoneOperator(
                    task_id="delete_gone",
                    task_display_name=f"8. Take away what the source has deleted: {table.name}",
                    **one,
                    **writing(pipeline),
                    **within(pipeline, minutes.deletes),
                )
                reconcile = ReconcileTableOperator(
                    task_id="reconcile_table",
                    task_display_name=f"9. Reconcile target and source: {table.name}",
                    deletes=delete.output,
                    **one,
                    **within(pipeline, minutes.reconcile),
                )
                publish = PublishTableOperator(
                    task_id="publish_table",
                    task_display_name=f"10. Publish in the lake: {table.name}",
                    **one,
                    **writing(pipeline),
                    **within(pipeline, minutes.publish),
                )
                chain(targets, guard, stage, check_stage, apply, delete, reconcile, publish, tidy, cancel)
