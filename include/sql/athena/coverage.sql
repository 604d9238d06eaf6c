-- How much of each run's extract Macie searched, table by table; tables with gaps come first.
SELECT pipeline
     , run_date
     , run_id
     , max(found) AS found
     , schema_name
     , table_name
     , count(*) AS objects
     , count_if(status_code = 'COMPLETE') AS complete
     , sum(object_bytes) AS bytes
     , array_join(array_sort(array_agg(DISTINCT status_reason) FILTER (WHERE status_reason <> '')), ', ') AS reasons
  FROM scan_coverage
 GROUP BY pipeline, run_date, run_id, schema_name, table_name
 ORDER BY count(*) - count_if(status_code = 'COMPLETE') DESC, 1, max(searched_at) DESC, 5, 6
