-- The newest usable recovery point of each pipeline, its age, and the newest one that a recovery proved.
-- psql "$LEDGER" -f include/sql/reports/newest_recovery_point.sql
WITH pipelines AS (
    SELECT DISTINCT pipeline FROM switchyard.recovery_point
), kept AS (
    SELECT pipeline, stamp, state, snapshot_arn, copy_arn, source_time, proved_at
      FROM switchyard.recovery_point
     WHERE deleted_at IS NULL
), usable AS (
    SELECT DISTINCT ON (pipeline) pipeline, stamp, snapshot_arn, copy_arn, source_time
      FROM kept
     WHERE state IN ('shared', 'published', 'acknowledged')
     ORDER BY pipeline, source_time DESC NULLS LAST
), proved AS (
    SELECT kept.pipeline
         , max(kept.source_time) AS source_time
         , greatest(max(kept.proved_at), max(test.finished_at)) AS proved_at
      FROM kept
      LEFT JOIN switchyard.recovery_test AS test
        ON test.snapshot_arn IN (kept.snapshot_arn, kept.copy_arn)
       AND test.outcome IN ('proved', 'swapped', 'kept')
     WHERE kept.proved_at IS NOT NULL
        OR test.finished_at IS NOT NULL
     GROUP BY kept.pipeline
)
SELECT pipelines.pipeline
     , usable.stamp
     , usable.source_time::timestamptz(0) AS data_as_of
     , (now() - usable.source_time)::interval(0) AS age
     , usable.snapshot_arn
     , usable.copy_arn
     , proved.source_time::timestamptz(0) AS newest_proved_data_as_of
     , proved.proved_at::timestamptz(0) AS last_proved
  FROM pipelines
  LEFT JOIN usable USING (pipeline)
  LEFT JOIN proved USING (pipeline)
 ORDER BY pipelines.pipeline;
