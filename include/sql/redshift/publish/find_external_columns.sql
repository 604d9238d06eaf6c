-- The columns of an external table, partition columns last.
SELECT columnname
     , external_type
     , part_key
  FROM svv_external_columns
 WHERE schemaname = :schema_name
   AND tablename = :table_name
 ORDER BY columnnum
