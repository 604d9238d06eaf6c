-- Each customer once: changed since the last load from the live database, else from the warehouse, else from the lake.
-- The boundary is the end of the last load; the load moves it in the transaction in which it changes the warehouse.
CREATE OR REPLACE VIEW public.vwcustomer AS
SELECT c_customer_sk
     , 'mysql' AS source
  FROM mysqlfq.customer
 WHERE updated_at >= '2026-02-01 13:00:00'
 UNION ALL
SELECT warehouse.c_customer_sk
     , 'redshift' AS source
  FROM public.customer AS warehouse
  LEFT JOIN (
        SELECT c_customer_sk
          FROM mysqlfq.customer
         WHERE updated_at >= '2026-02-01 13:00:00'
       ) AS changed
    ON changed.c_customer_sk = warehouse.c_customer_sk
 WHERE changed.c_customer_sk IS NULL
 UNION ALL
SELECT lake.c_customer_sk
     , 's3' AS source
  FROM mysqlspectrum.customer AS lake
  LEFT JOIN (
        SELECT c_customer_sk
          FROM mysqlfq.customer
         WHERE updated_at >= '2026-02-01 13:00:00'
       ) AS changed
    ON changed.c_customer_sk = lake.c_customer_sk
  LEFT JOIN public.customer AS warehouse
    ON warehouse.c_customer_sk = lake.c_customer_sk
 WHERE changed.c_customer_sk IS NULL
   AND warehouse.c_customer_sk IS NULL
  WITH NO SCHEMA BINDING
