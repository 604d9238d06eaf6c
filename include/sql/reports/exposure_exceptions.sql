-- The reviewed exceptions as the last run of each pipeline met them; those that are due come first.
-- psql "$LEDGER" -f include/sql/reports/exposure_exceptions.sql
WITH newest AS (
    SELECT DISTINCT ON (pipeline) pipeline, dag_id, run_id
      FROM switchyard.discovery_run
     WHERE registered_at IS NOT NULL
     ORDER BY pipeline, registered_at DESC
)
SELECT newest.pipeline
     , exception.state
     , exception.expires
     , exception.owner
     , exception.schema_name
     , exception.table_name
     , exception.column_name
     , exception.detector
     , exception.exposures
     , exception.reason
  FROM newest
  JOIN switchyard.exposure_exception AS exception USING (dag_id, run_id)
 ORDER BY exception.expires
        , newest.pipeline
        , exception.number;
