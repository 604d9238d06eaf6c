-- Columns of the tables and views that the login may see.
SELECT table_schema AS schema_name
     , table_name AS table_name
     , column_name AS column_name
  FROM information_schema.columns
 WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
 ORDER BY table_schema, table_name, ordinal_position
