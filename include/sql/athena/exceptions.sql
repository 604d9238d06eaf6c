-- Reviewed exceptions of each pipeline's last run, what they cover there, and whether they still hold.
WITH last_run AS (
    SELECT pipeline, max_by(run_id, searched_at) AS run_id FROM scan_coverage GROUP BY pipeline
), exposures AS (
    SELECT DISTINCT register.pipeline, register.schema_name, register.table_name
         , coalesce(register.column_name, '') AS column_name, register.detector
      FROM sensitive_columns AS register
      JOIN last_run ON register.pipeline = last_run.pipeline AND register.run_id = last_run.run_id
)
SELECT exception.pipeline
     , exception.schema_name
     , exception.table_name
     , exception.column_name
     , exception.detector
     , exception.owner
     , exception.reason
     , exception.expires
     , date_parse(exception.expires, '%Y-%m-%d') < current_date AS expired
     , count(exposures.detector) AS exposures
  FROM reviewed_exceptions AS exception
  JOIN last_run ON exception.pipeline = last_run.pipeline AND exception.run_id = last_run.run_id
  LEFT JOIN exposures
    ON exposures.pipeline = exception.pipeline
   AND exposures.schema_name = exception.schema_name
   AND exposures.table_name = exception.table_name
   AND (exception.column_name = '*' OR exposures.column_name = exception.column_name)
   AND (exception.detector = '*' OR exposures.detector = exception.detector)
 GROUP BY exception.pipeline, exception.schema_name, exception.table_name, exception.column_name, exception.detector
        , exception.owner, exception.reason, exception.expires
 ORDER BY 8, 1, 2, 3, 4, 5
