-- Rows without a key give way to the stage by their window, but for what a later reading of the source has covered.
DELETE FROM {{ target }}
 WHERE {{ watermark }} IN (
        SELECT held.moment
          FROM (
                SELECT DISTINCT {{ watermark }} AS moment
                  FROM {{ target }}
                 WHERE {{ watermark }} >= {{ reads_from }}
                   AND {{ watermark }} < {{ hi }}
               ) AS held
          LEFT JOIN {{ applied }} AS later
            ON later.staged_at > {{ staged_at }}
           AND held.moment >= later.reads_from
           AND held.moment < later.hi
         WHERE later.stage IS NULL
       )
