-- Tables with old statistics, unsorted rows, or rows that lie unevenly. Empty tables are not in SVV_TABLE_INFO, which
-- is visible to superusers, and to those to whom SELECT on it was granted.
SELECT "schema" AS schema_name
     , "table" AS table_name
     , tbl_rows
     , COALESCE(unsorted, 0) AS unsorted
     , COALESCE(stats_off, 0) AS stats_off
     , COALESCE(skew_rows, 1) AS skew
  FROM svv_table_info
 WHERE tbl_rows >= :least_rows
   AND (unsorted > :unsorted_percent OR stats_off > :stats_off_percent OR skew_rows > :skew)
 ORDER BY 1
        , 2
