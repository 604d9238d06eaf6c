-- The statements that took the most time together, the same text counted as one.
SELECT COUNT(*) AS times
     , SUM(elapsed_time) / 1000000 AS seconds
     , MAX(elapsed_time) / 1000000 AS longest_seconds
     , SUM(queue_time) / 1000000 AS queued_seconds
     , MAX(query_id) AS query_id
     , TRIM(query_type) AS query_type
     , LEFT(query_text, 200) AS query_text
  FROM sys_query_history
 WHERE start_time >= :since
 GROUP BY query_text
        , query_type
HAVING MAX(elapsed_time) > :query_seconds * 1000000
 ORDER BY 2 DESC
 LIMIT 50
