-- What a name stands for: BASE TABLE, VIEW and the like; no row where the login sees nothing.
SELECT table_type AS kind
FROM information_schema.tables
WHERE table_schema = %(schema)s
    AND table_name = %(table)s
