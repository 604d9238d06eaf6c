-- Sales with the gross sales of their events, for readers of the lake: one folder for each year and day.
-- Every column is named once: sales and date both have dateid, and Parquet knows a name but once. A role takes the
-- place of CREDENTIALS, which everybody reads in the history. The folder is the run's own, the manifest its proof.
UNLOAD ('
SELECT sales.salesid
     , sales.listid
     , sales.sellerid
     , sales.buyerid
     , sales.eventid
     , sales.dateid
     , sales.qtysold
     , sales.pricepaid
     , sales.commission
     , sales.saletime
     , sold_on.caldate
     , sold_on.year
     , events.total_price
     , events.percentile
  FROM public.sales AS sales
  JOIN public.date AS sold_on
    ON sold_on.dateid = sales.dateid
  JOIN (
        SELECT eventid
             , total_price
             , NTILE(1000) OVER (ORDER BY total_price DESC) / 10.0 AS percentile
          FROM (
                SELECT eventid
                     , SUM(pricepaid) AS total_price
                  FROM public.sales
                 GROUP BY eventid
               ) AS totals
       ) AS events
    ON events.eventid = sales.eventid
')
    TO 's3://MY-BUCKET/DataLake/SalesPartitioned/load_id=2602011300/'
    IAM_ROLE 'arn:aws:iam::123412341234:role/myRedshiftRole'
    FORMAT AS PARQUET
    PARTITION BY (year, caldate)
    ENCRYPTED AUTO
    MANIFEST VERBOSE
    MAXFILESIZE 128 MB
