-- Rows and distinct records of one run in the register, and rows that are of another job than its last.
SELECT count(*) AS register_rows
     , count(DISTINCT record_id) AS records
     , count_if(job_id <> {{ job_id }}) AS rows_of_other_jobs
  FROM sensitive_columns
 WHERE run_date = {{ run_date }}
   AND run_id = {{ run_id }}
