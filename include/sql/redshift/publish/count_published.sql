-- What readers of the lake see now.
SELECT COUNT(*) AS row_count
  FROM {{ table }}
