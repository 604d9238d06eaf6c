-- Transactions that wait for a lock on a table, and those that hold one for a long time.
SELECT held.txn_owner
     , held.pid
     , held.xid
     , held.lock_mode
     , held.granted
     , DATEDIFF(second, held.txn_start, GETDATE()) AS seconds
     , TRIM(tables."schema") || '.' || TRIM(tables."table") AS table_name
  FROM svv_transactions AS held
  JOIN svv_table_info AS tables
    ON tables.table_id = held.relation
 WHERE held.lockable_object_type = 'relation'
   AND (NOT held.granted OR DATEDIFF(second, held.txn_start, GETDATE()) > :lock_seconds)
 ORDER BY 6 DESC
