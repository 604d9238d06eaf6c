-- Rows and distinct records of one run in the register.
SELECT count(*) AS register_rows
     , count(DISTINCT record_id) AS records
  FROM sensitive_columns
 WHERE run_date = {{ run_date }}
   AND run_id = {{ run_id }}
