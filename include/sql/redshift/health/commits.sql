-- Hours in which commits were slow: many small commits at the same time wait for each other.
-- SYS_TRANSACTION_HISTORY is visible to superusers alone.
SELECT DATE_TRUNC('hour', commit_start_time) AS hour
     , COUNT(*) AS commits
     , MAX(DATEDIFF(second, commit_start_time, commit_end_time)) AS longest_seconds
  FROM sys_transaction_history
 WHERE status = 'committed'
   AND commit_start_time >= :since
 GROUP BY 1
HAVING MAX(DATEDIFF(second, commit_start_time, commit_end_time)) > :commit_seconds
 ORDER BY 3 DESC
