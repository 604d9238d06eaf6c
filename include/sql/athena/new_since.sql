-- Exposures that were first found within the last 30 days; change the number for another time.
SELECT pipeline
     , source_name
     , schema_name
     , table_name
     , column_name
     , detector
     , substr(min(created_at), 1, 10) AS first_found
     , substr(max(created_at), 1, 10) AS last_found
     , count(DISTINCT run_id) AS runs
  FROM sensitive_columns
 GROUP BY pipeline, source_name, schema_name, table_name, column_name, detector
HAVING date_parse(substr(min(created_at), 1, 10), '%Y-%m-%d') >= date_add('day', -30, current_date)
 ORDER BY 7 DESC, 1, 2, 3, 4, 5, 6
