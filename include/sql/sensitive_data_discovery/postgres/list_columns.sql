-- Columns of the tables and views that the login may see.
SELECT place.nspname AS schema_name
     , relation.relname AS table_name
     , part.attname AS column_name
  FROM pg_attribute AS part
  JOIN pg_class AS relation ON relation.oid = part.attrelid
  JOIN pg_namespace AS place ON place.oid = relation.relnamespace
 WHERE part.attnum > 0
   AND NOT part.attisdropped
   AND relation.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND place.nspname NOT LIKE 'pg\_%'
   AND place.nspname <> 'information_schema'
   AND has_table_privilege(relation.oid, 'SELECT')
 ORDER BY place.nspname, relation.relname, part.attnum
