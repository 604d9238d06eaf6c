-- The newest usable recovery point of each pipeline, its age, and the newest one that a recovery test proved.
-- psql "$LEDGER" -f include/sql/reports/newest_recovery_point.sql
WITH usable AS (
    SELECT DISTINCT ON (pipeline) pipeline, stamp, snapshot_arn, copy_arn, source_time
      FROM switchyard.recovery_point
     WHERE state IN ('shared', 'published', 'acknowledged')
       AND deleted_at IS NULL
     ORDER BY pipeline, source_time DESC NULLS LAST
), proved AS (
    SELECT pipeline, max(source_time) AS source_time, max(proved_at) AS proved_at
      FROM switchyard.recovery_point
     WHERE proved_at IS NOT NULL
       AND deleted_at IS NULL
     GROUP BY pipeline
), pipelines AS (
    SELECT DISTINCT pipeline FROM switchyard.recovery_point
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
