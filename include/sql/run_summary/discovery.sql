-- What a run of a discovery loaded, searched and found, and when its extract was proved gone.
SELECT discovery.found
     , discovery.source
     , discovery.tables
     , discovery.source_rows
     , discovery.objects
     , discovery.findings
     , discovery.register_rows
     , discovery.new_exposures
     , discovery.silenced_exposures
     , discovery.job_id AS macie_job
     , discovery.registered_at::timestamptz(0)
     , (
           SELECT max(purge.proved_at)::timestamptz(0)
             FROM switchyard.extract_purge AS purge
            WHERE purge.dag_id = discovery.dag_id AND purge.run_id = discovery.run_id
       ) AS extract_gone_at
  FROM switchyard.discovery_run AS discovery
 WHERE discovery.dag_id = %(dag_id)s
   AND discovery.run_id = %(run_id)s;
