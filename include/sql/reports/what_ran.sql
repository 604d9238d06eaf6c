-- What ran in the last seven days, step by step, newest run first.
-- psql "$LEDGER" -f include/sql/reports/what_ran.sql
SELECT run.started_at::timestamptz(0) AS run_started
     , run.dag_id
     , run.run_id
     , run.mode
     , run.state AS run_state
     , coalesce(step.title, step.task_id) || CASE WHEN step.map_index >= 0 THEN ' #' || step.map_index ELSE '' END AS step
     , step.state AS step_state
     , step.try_number AS tries
     , (step.finished_at - step.started_at)::interval(1) AS took
     , step.summary
  FROM switchyard.run
  LEFT JOIN switchyard.step USING (dag_id, run_id)
 WHERE coalesce(run.started_at, run.recorded_at) >= now() - interval '7 days'
 ORDER BY coalesce(run.started_at, run.recorded_at) DESC
        , run.dag_id
        , run.run_id
        , step.started_at
        , step.task_id
        , step.map_index;
