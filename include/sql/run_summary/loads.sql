-- What a run did with each table, and how source and target compare.
WITH compared AS (
    SELECT table_name
         , sum(missing) AS missing
         , sum(stale) AS stale
         , sum(ghosts) AS ghosts
         , count(*) FILTER (WHERE verdict = 'different') AS parts_that_differ
      FROM switchyard.load_reconciliation
     WHERE dag_id = %(dag_id)s
       AND run_id = %(run_id)s
     GROUP BY table_name
)
SELECT load.table_name AS "table"
     , load.state
     , load.lo::timestamptz(0) AS changed_from
     , load.hi::timestamptz(0) AS changed_before
     , load.staged_rows AS staged
     , load.inserted_rows AS inserted
     , load.replaced_rows AS replaced
     , load.deleted_rows AS deleted
     , compared.parts_that_differ
     , compared.missing
     , compared.stale
     , compared.ghosts
  FROM switchyard.load_window AS load
  LEFT JOIN compared USING (table_name)
 WHERE load.dag_id = %(dag_id)s
   AND load.run_id = %(run_id)s
 ORDER BY load.table_name;
