-- COPY commands that took long, failed, or read one file alone, which leaves all slices but one idle.
SELECT query_id
     , TRIM(table_name) AS table_name
     , status
     , duration / 1000000 AS seconds
     , loaded_rows
     , source_file_count
     , error_count
  FROM sys_load_history
 WHERE start_time >= :since
   AND (
           duration > :copy_seconds * 1000000
        OR status = 'aborted'
        OR (source_file_count = 1 AND source_file_bytes > :copy_file_mb * 1048576)
       )
 ORDER BY duration DESC
