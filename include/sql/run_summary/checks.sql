-- The checks of a run, those that failed first.
SELECT checks.kind
     , checks.name AS "check"
     , CASE WHEN checks.passed THEN 'passed' ELSE 'failed' END AS result
     , checks.expected
     , checks.found
     , checks.detail
  FROM switchyard.check_result AS checks
 WHERE checks.dag_id = %(dag_id)s
   AND checks.run_id = %(run_id)s
 ORDER BY checks.passed
        , checks.checked_at
        , checks.name;
