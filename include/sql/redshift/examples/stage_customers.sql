-- Customers that were added or changed in an hour, and five minutes before it for what was committed late.
-- The source sends these rows alone: both bounds are literals on the bare column. NOT IN would read all its keys, find
-- new ones only, and find none at all as soon as one key of the warehouse is NULL. Casts give texts their lengths.
CREATE TABLE etl_stage.customer AS
SELECT CAST(c_customer_sk AS bigint) AS c_customer_sk
     , CAST(c_customer_id AS varchar(16)) AS c_customer_id
     , CAST(updated_at AS timestamp) AS updated_at
  FROM mysqlfq.customer
 WHERE updated_at >= '2026-02-01 11:55:00'
   AND updated_at < '2026-02-01 13:00:00'
