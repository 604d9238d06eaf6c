-- The tables of a run of a discovery, those that were not searched whole first.
SELECT concat_ws('.', cover.schema_name, cover.table_name) AS "table"
     , cover.rows_before AS source_rows
     , cover.rows_loaded
     , cover.objects
     , cover.objects_complete AS objects_searched
     , cover.proof
     , cover.reasons
  FROM switchyard.discovery_coverage AS cover
 WHERE cover.dag_id = %(dag_id)s
   AND cover.run_id = %(run_id)s
 ORDER BY coalesce(cover.objects_complete, 0) >= coalesce(cover.objects, 0)
        , cover.schema_name
        , cover.table_name;
