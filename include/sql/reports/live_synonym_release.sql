-- The synonym release of each pipeline that is live, since when, when it was last confirmed, and its probes.
-- psql "$LEDGER" -f include/sql/reports/live_synonym_release.sql
WITH pipelines AS (
    SELECT DISTINCT pipeline FROM switchyard.synonym_release
), live AS (
    SELECT DISTINCT ON (pipeline) pipeline, dag_id, run_id, stamp, version, sha256, rules, object_uri, live_at
      FROM switchyard.synonym_release
     WHERE state = 'live'
     ORDER BY pipeline, live_at DESC NULLS LAST
), later AS (
    -- A run that found nothing to do confirms it; one that was rolled back gave the same file a newer version.
    SELECT live.pipeline
         , max(release.finished_at) AS confirmed_at
         , (array_agg(release.live_version ORDER BY release.finished_at DESC)
            FILTER (WHERE release.live_version IS NOT NULL))[1] AS version
      FROM live
      JOIN switchyard.synonym_release AS release USING (pipeline)
     WHERE release.state IN ('live', 'unchanged', 'rolled back')
       AND release.finished_at >= live.live_at
     GROUP BY live.pipeline
), probes AS (
    SELECT dag_id, run_id, count(*) FILTER (WHERE passed) AS passed, count(*) FILTER (WHERE NOT passed) AS failed
      FROM switchyard.synonym_probe
     GROUP BY dag_id, run_id
)
SELECT pipelines.pipeline
     , live.stamp
     , coalesce(later.version, live.version) AS version
     , live.rules
     , live.live_at::timestamptz(0) AS live_since
     , coalesce(later.confirmed_at, live.live_at)::timestamptz(0) AS confirmed_at
     , probes.passed AS probes_passed
     , probes.failed AS probes_failed
     , live.sha256
     , live.object_uri
  FROM pipelines
  LEFT JOIN live USING (pipeline)
  LEFT JOIN later USING (pipeline)
  LEFT JOIN probes USING (dag_id, run_id)
 ORDER BY pipelines.pipeline;
