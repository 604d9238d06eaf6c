-- Every recovery point: how far it came, how long that took, and whether a test has proved it. Newest first.
-- psql "$LEDGER" -f include/sql/reports/recovery_points.sql
SELECT pipeline
     , stamp
     , state
     , source_time::timestamptz(0) AS data_as_of
     , (now() - source_time)::interval(0) AS age
     , (coalesce(acknowledged_at, published_at, shared_at, copied_at, available_at) - source_time)::interval(0) AS ready_after
     , proved_at::timestamptz(0)
     , deleted_at::timestamptz(0)
     , source_cluster
     , snapshot_arn
     , copy_arn
     , shared_with
     , manifest_uri
  FROM switchyard.recovery_point
 ORDER BY pipeline
        , source_time DESC NULLS LAST
        , snapshot_arn;
