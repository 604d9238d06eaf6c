-- What a name stands for: BASE TABLE, VIEW and the like; no row where the login sees nothing.
SELECT TABLE_TYPE AS kind
FROM information_schema.TABLES
WHERE TABLE_SCHEMA = %(schema)s
    AND TABLE_NAME = %(table)s
