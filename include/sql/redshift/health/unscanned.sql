-- Large tables that no query has read, as far back as SYS_QUERY_DETAIL goes, a few days.
SELECT tables."schema" AS schema_name
     , tables."table" AS table_name
     , tables.size AS megabytes
  FROM svv_table_info AS tables
  LEFT JOIN (
        SELECT table_id
          FROM sys_query_detail
         WHERE step_name = 'scan'
         GROUP BY table_id
       ) AS scanned
    ON scanned.table_id = tables.table_id
 WHERE scanned.table_id IS NULL
   AND tables.size >= :unscanned_mb
 ORDER BY tables.size DESC
