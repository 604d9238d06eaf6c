-- The windows that the target holds, from which follows where the view over three sources changes over.
SELECT reads_from
     , hi
  FROM {{ applied }}
 ORDER BY reads_from
        , hi
