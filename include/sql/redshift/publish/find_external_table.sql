-- Where an external table's files lie; no row where there is no such table.
SELECT location
  FROM svv_external_tables
 WHERE schemaname = :schema_name
   AND tablename = :table_name
