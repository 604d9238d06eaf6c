-- The register of one run, column by column.
SELECT schema_name
     , table_name
     , coalesce(column_name, '') AS column_name
     , category
     , detector
     , sum(occurrences) AS occurrences
     , count(DISTINCT object_key) AS objects
     , max(severity_score) AS severity
     , bool_or(truncated) AS truncated
  FROM sensitive_columns
 WHERE run_date = {{ run_date }}
   AND run_id = {{ run_id }}
 GROUP BY schema_name, table_name, coalesce(column_name, ''), category, detector
 ORDER BY schema_name, table_name, column_name, category, detector
