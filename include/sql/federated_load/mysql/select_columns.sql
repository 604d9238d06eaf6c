-- The columns of a table as they are declared.
SELECT
    COLUMN_NAME AS name,
    COLUMN_TYPE AS declared,
    DATA_TYPE AS kind,
    IS_NULLABLE = 'YES' AS nullable,
    NUMERIC_PRECISION AS digits,
    NUMERIC_SCALE AS decimals,
    LOCATE('on update', LOWER(EXTRA)) > 0 AS set_on_update
FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA = %(schema)s
    AND TABLE_NAME = %(table)s
ORDER BY ORDINAL_POSITION
