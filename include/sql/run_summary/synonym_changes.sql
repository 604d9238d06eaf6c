-- The first rules that a run's release changes.
SELECT changed.kind
     , changed.before
     , changed.after
  FROM switchyard.synonym_change AS changed
 WHERE changed.dag_id = %(dag_id)s
   AND changed.run_id = %(run_id)s
 ORDER BY changed.number
 LIMIT 100;
