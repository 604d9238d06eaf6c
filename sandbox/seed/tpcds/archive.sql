-- Customers who left before the database's first day: every fifth of those it has, under keys that it never had.
SELECT
  CAST(column00 AS BIGINT) + 1000000 AS c_customer_sk,
  column01 AS c_customer_id,
  CAST(column02 AS BIGINT) AS c_current_cdemo_sk,
  CAST(column03 AS BIGINT) AS c_current_hdemo_sk,
  CAST(column04 AS BIGINT) AS c_current_addr_sk,
  CAST(column05 AS BIGINT) AS c_first_shipto_date_sk,
  CAST(column06 AS BIGINT) AS c_first_sales_date_sk,
  column07 AS c_salutation,
  column08 AS c_first_name,
  column09 AS c_last_name,
  column10 AS c_preferred_cust_flag,
  CAST(column11 AS BIGINT) AS c_birth_day,
  CAST(column12 AS BIGINT) AS c_birth_month,
  CAST(column13 AS BIGINT) AS c_birth_year,
  column14 AS c_birth_country,
  column15 AS c_login,
  column16 AS c_email_address,
  CAST(column17 AS INTEGER) AS c_last_review_date_sk,
  CAST(column18 AS TIMESTAMP) - INTERVAL 1 YEAR AS updated_at
FROM read_csv($file, header = false, delim = $delimiter, quote = $quote, nullstr = $null, all_varchar = true)
WHERE CAST(column00 AS BIGINT) % 5 = 0
ORDER BY c_customer_sk
