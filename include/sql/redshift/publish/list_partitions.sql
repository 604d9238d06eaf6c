-- Which partitions an external table has, and where.
SELECT "values" AS partition_values
     , location
  FROM svv_external_partitions
 WHERE schemaname = :schema_name
   AND tablename = :table_name
