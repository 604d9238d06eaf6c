-- Exposures that were first found within the last 30 days; change the number for another time.
SELECT pipeline
     , source_name
     , schema_name
     , table_name
     , column_name
     , detector
     , min(run_date) AS first_found
     , max(run_date) AS last_found
     , count(DISTINCT run_id) AS runs
  FROM sensitive_columns
 GROUP BY pipeline, source_name, schema_name, table_name, column_name, detector
HAVING date_parse(min(run_date), '%Y-%m-%d') >= date_add('day', -30, current_date)
 ORDER BY 7 DESC, 1, 2, 3, 4, 5, 6
