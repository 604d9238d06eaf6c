-- Where each kind of data is, by the last run of each pipeline.
WITH last_run AS (
    SELECT pipeline, max_by(run_id, searched_at) AS run_id FROM scan_coverage GROUP BY pipeline
)
SELECT register.category
     , register.detector
     , count(DISTINCT concat(register.pipeline, ' ', register.schema_name, '.', register.table_name)) AS tables
     , count(DISTINCT concat(register.pipeline, ' ', register.schema_name, '.', register.table_name, '.',
                             register.column_name)) AS columns_known
     , sum(register.occurrences) AS occurrences
  FROM sensitive_columns AS register
  JOIN last_run ON register.pipeline = last_run.pipeline AND register.run_id = last_run.run_id
 GROUP BY register.category, register.detector
 ORDER BY 3 DESC, 1, 2
