-- Every discovery: what it loaded, searched and found, and when its extract was proved to be gone. Newest first.
-- psql "$LEDGER" -f include/sql/reports/discovery_runs.sql
WITH coverage AS (
    SELECT dag_id
         , run_id
         , sum(objects) AS objects
         , sum(objects_complete) AS complete
         , count(*) FILTER (WHERE objects > coalesce(objects_complete, 0)) AS tables_with_gaps
      FROM switchyard.discovery_coverage
     GROUP BY dag_id, run_id
), purged AS (
    SELECT dag_id, run_id, max(proved_at) AS proved_at FROM switchyard.extract_purge GROUP BY dag_id, run_id
)
SELECT discovery.pipeline
     , discovery.stamp
     , run.state AS run
     , discovery.state
     , discovery.found
     , discovery.tables
     , discovery.source_rows
     , discovery.objects
     , coverage.complete AS objects_searched
     , coverage.tables_with_gaps
     , discovery.findings
     , discovery.register_rows
     , discovery.new_exposures AS new
     , discovery.silenced_exposures AS silenced
     , discovery.loaded_at::timestamptz(0)
     , discovery.registered_at::timestamptz(0)
     , purged.proved_at::timestamptz(0) AS extract_empty_at
     , discovery.job_id
     , discovery.run_id
  FROM switchyard.discovery_run AS discovery
  JOIN switchyard.run USING (dag_id, run_id)
  LEFT JOIN coverage USING (dag_id, run_id)
  LEFT JOIN purged USING (dag_id, run_id)
 ORDER BY discovery.loaded_at DESC NULLS LAST
        , discovery.run_id;
