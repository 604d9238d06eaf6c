-- Sessions of clients on the old one: none left means that it is drained.
SELECT COUNT(*) AS connections
FROM information_schema.processlist
WHERE id <> CONNECTION_ID()
  AND user NOT IN ('rdsadmin', 'system user', 'event_scheduler', 'unauthenticated user');
