-- How much of each table is sensitive, by the last run of each pipeline; the most severe first.
WITH last_run AS (
    SELECT pipeline, max_by(run_id, searched_at) AS run_id FROM scan_coverage GROUP BY pipeline
)
SELECT register.pipeline
     , register.source_name
     , register.schema_name
     , register.table_name
     , count(DISTINCT register.column_name) AS columns_known
     , count_if(NOT register.column_known) AS detections_without_column
     , count(DISTINCT register.detector) AS kinds
     , array_join(array_sort(array_agg(DISTINCT register.detector)), ', ') AS detectors
     , max(register.severity_score) AS severity_score
  FROM sensitive_columns AS register
  JOIN last_run ON register.pipeline = last_run.pipeline AND register.run_id = last_run.run_id
 GROUP BY register.pipeline, register.source_name, register.schema_name, register.table_name
 ORDER BY 9 DESC, 1, 2, 3, 4
