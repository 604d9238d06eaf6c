-- Every window of every table of the federated loads: what was read, applied and deleted, and whether it was compared.
-- Newest first.
-- psql "$LEDGER" -f include/sql/reports/load_windows.sql
SELECT load.pipeline
     , load.table_name
     , load.mode
     , load.lo::timestamptz(0)
     , load.hi::timestamptz(0)
     , make_interval(secs => load.lookback_seconds::double precision)::interval(0) AS lookback
     , load.state
     , run.state AS run
     , load.staged_rows AS staged
     , load.inserted_rows AS inserted
     , load.replaced_rows AS replaced
     , load.keys_read
     , load.deleted_rows AS deleted
     , load.applied_at::timestamptz(0)
     , (load.applied_at - load.staged_at)::interval(0) AS applied_after
     , load.deletes_at::timestamptz(0)
     , load.reconciled_at::timestamptz(0)
     , load.boundary::timestamptz(0)
     , load.stamp
     , load.run_id
  FROM switchyard.load_window AS load
  JOIN switchyard.run USING (dag_id, run_id)
 ORDER BY load.applied_at DESC NULLS LAST
        , load.hi DESC NULLS LAST
        , load.pipeline
        , load.table_name
        , load.run_id;
