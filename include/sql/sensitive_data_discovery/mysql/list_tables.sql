-- Tables and views that the login may see.
SELECT table_schema AS schema_name
     , table_name AS table_name
     , table_type LIKE '%VIEW' AS is_view
  FROM information_schema.tables
 WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
