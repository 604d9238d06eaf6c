-- How many rows of a view come from where.
SELECT source
     , COUNT(*) AS row_count
  FROM {{ view }}
 GROUP BY source
 ORDER BY source
