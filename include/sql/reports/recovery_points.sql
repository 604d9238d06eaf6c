-- Every recovery point: how far it came, how long that took, and whether a recovery has proved it. Newest first.
-- psql "$LEDGER" -f include/sql/reports/recovery_points.sql
WITH proof AS (
    SELECT snapshot_arn, max(finished_at) AS proved_at
      FROM switchyard.recovery_test
     WHERE outcome IN ('proved', 'swapped', 'kept')
     GROUP BY snapshot_arn
)
SELECT point.pipeline
     , point.stamp
     , point.state
     , point.source_time::timestamptz(0) AS data_as_of
     , (now() - point.source_time)::interval(0) AS age
     , (coalesce(acknowledged_at, published_at, shared_at, copied_at, available_at) - source_time)::interval(0) AS ready_after
     , greatest(point.proved_at, max(proof.proved_at))::timestamptz(0) AS proved_at
     , point.deleted_at::timestamptz(0)
     , point.source_cluster
     , point.snapshot_arn
     , point.copy_arn
     , point.shared_with
     , point.manifest_uri
  FROM switchyard.recovery_point AS point
  LEFT JOIN proof ON proof.snapshot_arn IN (point.snapshot_arn, point.copy_arn)
 GROUP BY point.snapshot_arn
 ORDER BY point.pipeline
        , point.source_time DESC NULLS LAST
        , point.snapshot_arn;
