-- Sensitive columns search by search; runs that found nothing are there with 0.
WITH runs AS (
    SELECT pipeline, run_id, max(run_date) AS run_date, max(searched_at) AS searched_at, max(found) AS found, count(*) AS objects
      FROM scan_coverage
     GROUP BY pipeline, run_id
), registered AS (
    SELECT pipeline
         , run_id
         , count(DISTINCT concat(schema_name, '.', table_name)) AS tables
         , count(DISTINCT concat(schema_name, '.', table_name, '.', coalesce(column_name, ''), ' ', detector)) AS exposures
         , sum(occurrences) AS occurrences
      FROM sensitive_columns
     GROUP BY pipeline, run_id
)
SELECT runs.pipeline
     , runs.run_date
     , runs.run_id
     , runs.searched_at
     , runs.found
     , runs.objects
     , coalesce(registered.tables, 0) AS tables
     , coalesce(registered.exposures, 0) AS exposures
     , coalesce(registered.occurrences, 0) AS occurrences
  FROM runs
  LEFT JOIN registered ON runs.pipeline = registered.pipeline AND runs.run_id = registered.run_id
 ORDER BY 1, 4, 3
