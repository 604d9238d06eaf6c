-- Tables and views that the login may see.
SELECT place.nspname AS schema_name
     , relation.relname AS table_name
     , relation.relkind IN ('v', 'm') AS is_view
  FROM pg_class AS relation
  JOIN pg_namespace AS place ON place.oid = relation.relnamespace
 WHERE relation.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND NOT relation.relispartition
   AND place.nspname NOT LIKE 'pg\_%'
   AND place.nspname <> 'information_schema'
   AND has_table_privilege(relation.oid, 'SELECT')
