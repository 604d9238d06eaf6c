-- The largest tables, in megabytes.
SELECT "schema" AS schema_name
     , "table" AS table_name
     , size AS megabytes
     , tbl_rows
  FROM svv_table_info
 ORDER BY size DESC
 LIMIT 50
