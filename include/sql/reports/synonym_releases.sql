-- Every synonym release: how far it came, what it changed, whether its probes passed, who approved it. Newest first.
-- psql "$LEDGER" -f include/sql/reports/synonym_releases.sql
WITH probes AS (
    SELECT dag_id, run_id, count(*) FILTER (WHERE passed) AS passed, count(*) FILTER (WHERE NOT passed) AS failed
      FROM switchyard.synonym_probe
     GROUP BY dag_id, run_id
)
SELECT release.pipeline
     , release.stamp
     , release.state
     , run.state AS run
     , release.built_at::timestamptz(0)
     , (release.live_at - release.built_at)::interval(0) AS live_after
     , release.version
     , release.rules
     , release.rules_added AS added
     , release.rules_removed AS removed
     , release.rules_changed AS changed
     , release.warnings
     , release.errors
     , coalesce(probes.passed, 0) AS probes_passed
     , coalesce(probes.failed, 0) AS probes_failed
     , release.approved_by
     , release.reason
     , release.sha256
     , release.run_id
  FROM switchyard.synonym_release AS release
  JOIN switchyard.run USING (dag_id, run_id)
  LEFT JOIN probes USING (dag_id, run_id)
 ORDER BY release.built_at DESC NULLS LAST
        , release.run_id;
