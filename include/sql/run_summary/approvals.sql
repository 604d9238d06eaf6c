-- What people were asked in a run, and their answers.
SELECT coalesce(asked.subject, asked.gate) AS question
     , asked.decision
     , asked.decided_by
     , asked.decided_at::timestamptz(0)
     , asked.comment
     , asked.asked_at::timestamptz(0)
  FROM switchyard.recovery_approval AS asked
 WHERE asked.dag_id = %(dag_id)s
   AND asked.run_id = %(run_id)s
 ORDER BY asked.asked_at;
