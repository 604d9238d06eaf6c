-- The columns in which a run of a discovery found sensitive data, new ones first.
SELECT concat_ws('.', found.schema_name, found.table_name, found.column_name) AS "column"
     , found.detector AS kind_of_data
     , found.occurrences
     , found.first_stamp = found.last_stamp AS is_new
     , found.first_seen_at::timestamptz(0)
  FROM switchyard.sensitive_column AS found
  JOIN switchyard.discovery_run AS discovery
    ON discovery.pipeline = found.pipeline AND discovery.stamp = found.last_stamp
 WHERE discovery.dag_id = %(dag_id)s
   AND discovery.run_id = %(run_id)s
   AND found.gone_at IS NULL
 ORDER BY found.first_stamp <> found.last_stamp
        , 1
        , 2
 LIMIT 100;
