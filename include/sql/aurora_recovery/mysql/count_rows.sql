-- Rows of one table; taken before the snapshot and again on the restored cluster.
SELECT COUNT(*) AS row_count
FROM {{ table }};
