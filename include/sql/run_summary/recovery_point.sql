-- The recovery point that a run made.
SELECT point.state
     , point.source_cluster AS source
     , point.source_time::timestamptz(0) AS data_as_of
     , point.snapshot_arn AS snapshot
     , point.copy_arn AS copy
     , point.shared_with
     , point.shared_at::timestamptz(0)
     , point.published_at::timestamptz(0) AS announced_at
     , point.acknowledged_at::timestamptz(0)
     , point.proved_at::timestamptz(0)
     , point.manifest_uri AS manifest
  FROM switchyard.recovery_point AS point
 WHERE point.dag_id = %(dag_id)s
   AND point.run_id = %(run_id)s;
