-- How many readings of the source that began later the target holds already.
SELECT COUNT(*) AS later
  FROM {{ applied }}
 WHERE staged_at > {{ staged_at }}
