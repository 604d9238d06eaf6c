-- The columns of a table as they are declared.
SELECT
    attribute.attname AS name,
    pg_catalog.format_type(attribute.atttypid, attribute.atttypmod) AS declared,
    listed.data_type AS kind,
    NOT attribute.attnotnull AS nullable,
    listed.numeric_precision AS digits,
    listed.numeric_scale AS decimals,
    FALSE AS set_on_update
FROM pg_catalog.pg_attribute AS attribute
INNER JOIN pg_catalog.pg_class AS relation ON relation.oid = attribute.attrelid
INNER JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
INNER JOIN information_schema.columns AS listed
    ON listed.table_schema = namespace.nspname
        AND listed.table_name = relation.relname
        AND listed.column_name = attribute.attname
WHERE namespace.nspname = %(schema)s
    AND relation.relname = %(table)s
ORDER BY attribute.attnum
