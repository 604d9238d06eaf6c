-- One run as a page: its steps, checks and probes in order. The newest run, or the one that is named:
-- PGOPTIONS="-c switchyard.run_id=RUN_ID" psql "$LEDGER" -f include/sql/reports/run_summary.sql
WITH chosen AS (
    SELECT dag_id, run_id, pipeline, mode, state, started_at, finished_at, summary
      FROM switchyard.run
     WHERE run_id = coalesce(nullif(current_setting('switchyard.run_id', true), ''), run_id)
     ORDER BY coalesce(started_at, recorded_at) DESC
     LIMIT 1
), lines AS (
    SELECT 1 AS part, started_at AS at, concat_ws(' ', dag_id, mode) AS what, state, finished_at - started_at AS took, summary
      FROM chosen
    UNION ALL
    SELECT 2, step.started_at, coalesce(step.title, step.task_id), step.state, step.finished_at - step.started_at, step.summary
      FROM chosen
      JOIN switchyard.step USING (dag_id, run_id)
    UNION ALL
    SELECT 3
         , checks.checked_at
         , concat_ws(' ', checks.kind, checks.name)
         , CASE WHEN checks.passed THEN 'passed' ELSE 'failed' END
         , NULL
         , concat_ws('; ', 'expected ' || checks.expected, 'found ' || checks.found, checks.detail)
      FROM chosen
      JOIN switchyard.check_result AS checks USING (dag_id, run_id)
    UNION ALL
    SELECT 4
         , probe.probed_at
         , concat_ws(' ', probe.domain, probe.query)
         , CASE WHEN probe.passed THEN 'passed' ELSE 'failed' END
         , NULL
         , concat_ws(
               '; '
             , 'finds ' || nullif(array_to_string(probe.finds, ', '), '')
             , 'finds no ' || nullif(array_to_string(probe.not_finds, ', '), '')
             , 'missing ' || nullif(array_to_string(probe.missing, ', '), '')
             , 'unwanted ' || nullif(array_to_string(probe.unwanted, ', '), '')
           )
      FROM chosen
      JOIN switchyard.synonym_probe AS probe USING (dag_id, run_id)
)
SELECT CASE part WHEN 1 THEN 'run' WHEN 2 THEN 'step' WHEN 3 THEN 'check' ELSE 'probe' END AS line
     , at::timestamptz(0)
     , what
     , state
     , took::interval(1)
     , summary
  FROM lines
 ORDER BY part
        , at
        , what;
