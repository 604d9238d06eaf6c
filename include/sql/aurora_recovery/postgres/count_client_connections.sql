-- Sessions of clients on the old one: none left means that it is drained.
SELECT COUNT(*) AS connections
FROM pg_stat_activity
WHERE pid <> pg_backend_pid()
  AND backend_type = 'client backend'
  AND usename <> 'rdsadmin';
