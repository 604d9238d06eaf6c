-- The register as of each pipeline's last run: which columns hold which sensitive data.
WITH last_run AS (
    SELECT pipeline, max_by(run_id, searched_at) AS run_id FROM scan_coverage GROUP BY pipeline
)
SELECT register.pipeline
     , register.source_name
     , register.schema_name
     , register.table_name
     , register.column_name
     , register.category
     , register.detector
     , sum(register.occurrences) AS occurrences
     , max(register.severity_score) AS severity_score
     , bool_or(register.truncated) AS may_be_in_more_columns
     , max(register.run_date) AS run_date
  FROM sensitive_columns AS register
  JOIN last_run ON register.pipeline = last_run.pipeline AND register.run_id = last_run.run_id
 GROUP BY register.pipeline, register.source_name, register.schema_name, register.table_name, register.column_name
        , register.category, register.detector
 ORDER BY 1, 2, 3, 4, 5, 6, 7
