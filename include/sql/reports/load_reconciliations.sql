-- Source against target, as each table was compared last: buckets that differ come first.
-- psql "$LEDGER" -f include/sql/reports/load_reconciliations.sql
WITH newest AS (
    SELECT DISTINCT ON (load.pipeline, load.table_name) load.pipeline, load.table_name, load.dag_id, load.run_id, load.hi
      FROM switchyard.load_window AS load
      JOIN switchyard.load_reconciliation AS compared USING (dag_id, run_id, table_name)
     ORDER BY load.pipeline, load.table_name, compared.compared_at DESC
)
SELECT newest.pipeline
     , newest.table_name
     , newest.hi::timestamptz(0) AS settled_before
     , compared.bucket
     , compared.verdict
     , compared.source_rows
     , compared.target_rows
     , compared.missing
     , compared.stale
     , compared.ghosts
     , compared.detail
     , compared.compared_at::timestamptz(0)
     , newest.run_id
  FROM newest
  JOIN switchyard.load_reconciliation AS compared USING (dag_id, run_id, table_name)
 ORDER BY compared.verdict <> 'different'
        , compared.verdict <> 'explained'
        , newest.pipeline
        , newest.table_name
        , length(compared.bucket)
        , compared.bucket;
