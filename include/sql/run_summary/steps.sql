-- How each step of a run ended, in its own words.
SELECT step.task_id
     , step.map_index
     , step.state
     , step.summary
  FROM switchyard.step
 WHERE step.dag_id = %(dag_id)s
   AND step.run_id = %(run_id)s;
