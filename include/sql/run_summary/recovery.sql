-- The recovery of a run: what was restored, and what was achieved of its objectives.
SELECT test.pipeline
     , test.mode
     , test.outcome
     , test.reason
     , test.source_time::timestamptz(0) AS data_as_of
     , make_interval(secs => test.rpo_seconds::double precision)::interval(0) AS rpo_achieved
     , make_interval(secs => test.rpo_objective_seconds::double precision)::interval(0) AS rpo_promised
     , make_interval(secs => test.rto_seconds::double precision)::interval(0) AS rto_achieved
     , make_interval(secs => test.rto_objective_seconds::double precision)::interval(0) AS rto_promised
     , test.rpo_seconds <= test.rpo_objective_seconds
       AND test.rto_seconds <= test.rto_objective_seconds AS objectives_met
     , test.cluster AS restored_as
     , test.instance_class
     , test.snapshot_arn AS snapshot
     , test.approved_by
     , test.failed_step
     , test.torn_down_at::timestamptz(0)
  FROM switchyard.recovery_test AS test
 WHERE test.dag_id = %(dag_id)s
   AND test.run_id = %(run_id)s;
