"""
# Warehouse health

Looks at nine sides of a Redshift warehouse's health, says what to do about each finding, and keeps the configured tables in
order. Findings are warnings in the log, results of the steps and rows of the ledger; none of them fails a run.

1. Commits
2. COPY commands
3. State of the tables
4. Locks
5. Privileges on half-made tables
6. Definitions of the tables
7. Space
8. Tables that nobody reads
9. Statements that take the most time
10. Maintain the tables
11. Cancel what a killed step has left running

| Check | What is done about a finding |
|---|---|
| 1 | Give loads a queue of their own with at most five slots, and make several steps one transaction |
| 2 | Split files evenly into a multiple of the slices, compressed; look at the growth of the data |
| 3 | Step 10 takes statistics anew, and sorts where `maintenance.vacuum` lets it; skew wants another distribution key |
| 4 | Let whatever writes one table follow each other, as the loads' tasks do |
| 5 | Revoke what others may do in the staging schema |
| 6 | The definitions are handed on: an empty table of the same form is made from them for a backfill |
| 7 | Publish old rows in the lake and delete them here |
| 8 | Ask the owner; unload to the lake and drop |
| 9 | Look at the plan with EXPLAIN |
"""

from airflow.sdk import DAG, chain

from switchyard.operators.federated.health import CheckHealthOperator, MaintainTablesOperator
from switchyard.operators.redshift.cancel_statements import CancelStatementsOperator
from switchyard.pipelines.common import within
from switchyard.pipelines.warehouse_health import connection, health_dag, maintenance, place, warehouses

for pipeline in warehouses():
    with DAG(**health_dag(pipeline), doc_md=__doc__) as dag:
        minutes = pipeline.waits.timeouts_minutes
        run = {"pipeline": pipeline.pipeline, "stamp": "{{ stamp(dag_run) }}", **place(pipeline)}
        checking = {"staging_users": list(pipeline.staging_users), **run, **within(pipeline, minutes.checks)}

        commits = CheckHealthOperator(
            task_id="check_commits", task_display_name="1. Commits", check="commits", **checking
        )
        copies = CheckHealthOperator(
            task_id="check_copies", task_display_name="2. COPY commands", check="copies", **checking
        )
        state = CheckHealthOperator(
            task_id="check_tables", task_display_name="3. State of the tables", check="tables", **checking
        )
        locks = CheckHealthOperator(
            task_id="check_locks", task_display_name="4. Locks", check="locks", **checking
        )
        privileges = CheckHealthOperator(
            task_id="check_privileges",
            task_display_name="5. Privileges on half-made tables",
            check="privileges",
            **checking,
        )
        definitions = CheckHealthOperator(
            task_id="check_definitions",
            task_display_name="6. Definitions of the tables",
            check="definitions",
            **checking,
        )
        space = CheckHealthOperator(
            task_id="check_space", task_display_name="7. Space", check="space", **checking
        )
        unscanned = CheckHealthOperator(
            task_id="check_unscanned",
            task_display_name="8. Tables that nobody reads",
            check="unscanned",
            **checking,
        )
        statements = CheckHealthOperator(
            task_id="check_queries",
            task_display_name="9. Statements that take the most time",
            check="queries",
            **checking,
        )
        maintain = MaintainTablesOperator(
            task_id="maintain_tables",
            task_display_name="10. Maintain the tables",
            wanted=state.output["maintain"],
            maintenance=maintenance(pipeline),
            **run,
            **within(pipeline, minutes.maintenance),
        )
        cancel = CancelStatementsOperator(
            task_id="cancel_statements",
            task_display_name="11. Cancel what a killed step has left running",
            **connection(pipeline),
            **within(pipeline, minutes.checks),
        ).as_teardown()
        chain(
            commits,
            copies,
            state,
            locks,
            privileges,
            definitions,
            space,
            unscanned,
            statements,
            maintain,
            cancel,
        )
