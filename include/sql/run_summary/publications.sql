-- What a run unloaded to the lake.
SELECT publication.table_name AS "table"
     , publication.external_table
     , publication.rows
     , publication.files
     , publication.bytes
     , publication.published_at::timestamptz(0)
     , publication.location
  FROM switchyard.load_publication AS publication
 WHERE publication.dag_id = %(dag_id)s
   AND publication.run_id = %(run_id)s
 ORDER BY publication.table_name;
