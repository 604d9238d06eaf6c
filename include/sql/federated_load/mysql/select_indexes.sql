-- The columns of a table's indexes, in their order.
SELECT
    INDEX_NAME AS name,
    COLUMN_NAME AS column_name,
    NON_UNIQUE = 0 AS is_unique
FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA = %(schema)s
    AND TABLE_NAME = %(table)s
    AND COLUMN_NAME IS NOT NULL
ORDER BY INDEX_NAME, SEQ_IN_INDEX
