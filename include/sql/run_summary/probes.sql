-- The searches that proved a run's release, those that failed first.
SELECT probe.domain
     , probe.query
     , CASE WHEN probe.passed THEN 'passed' ELSE 'failed' END AS result
     , probe.finds
     , probe.not_finds
     , probe.missing
     , probe.unwanted
  FROM switchyard.synonym_probe AS probe
 WHERE probe.dag_id = %(dag_id)s
   AND probe.run_id = %(run_id)s
 ORDER BY probe.passed
        , probe.domain
        , probe.number;
