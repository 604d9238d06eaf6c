-- Keys that a view shows more than once, and how often: there should be none.
SELECT COUNT(*) AS keys
     , COALESCE(SUM(copies), 0) AS copies
  FROM (
        SELECT COUNT(*) AS copies
          FROM {{ view }}
         GROUP BY {{ keys | join("\n                , ") }}
        HAVING COUNT(*) > 1
       ) AS doubled
