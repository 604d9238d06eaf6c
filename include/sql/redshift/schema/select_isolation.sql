-- Who is logged in, and how transactions of this database are kept apart: concurrency_model 1 is SNAPSHOT, 2 is
-- SERIALIZABLE.
SELECT
    CURRENT_USER AS warehouse_user,
    pg_user.usesuper AS is_superuser,
    pg_database_info.datconfig AS settings
FROM pg_database_info
LEFT JOIN pg_user ON pg_user.usename = CURRENT_USER
WHERE pg_database_info.datname = CURRENT_DATABASE()
