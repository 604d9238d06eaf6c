-- Every recovery, tried or for real: achieved RPO and RTO against the objectives, checks, approver. Newest first.
-- psql "$LEDGER" -f include/sql/reports/recovery_tests.sql
SELECT test.pipeline
     , test.started_at::timestamptz(0) AS started
     , test.mode
     , test.outcome
     , test.source_time::timestamptz(0) AS data_as_of
     , make_interval(secs => test.rpo_seconds::double precision)::interval(0) AS rpo
     , make_interval(secs => test.rpo_objective_seconds::double precision)::interval(0) AS rpo_objective
     , make_interval(secs => test.rto_seconds::double precision)::interval(0) AS rto
     , make_interval(secs => test.rto_objective_seconds::double precision)::interval(0) AS rto_objective
     , test.rpo_seconds <= test.rpo_objective_seconds
       AND test.rto_seconds <= test.rto_objective_seconds AS objectives_met
     , count(checks.name) FILTER (WHERE checks.passed) AS checks_passed
     , count(checks.name) FILTER (WHERE NOT checks.passed) AS checks_failed
     , test.approved_by
     , test.cluster
     , test.snapshot_arn
     , test.run_id
  FROM switchyard.recovery_test AS test
  LEFT JOIN switchyard.check_result AS checks USING (dag_id, run_id)
 GROUP BY test.dag_id, test.run_id
 ORDER BY test.started_at DESC NULLS LAST
        , test.run_id;
