-- The columns of a table's indexes, in their order; indexes of a part of the rows, and of expressions, do not count.
SELECT
    named.relname AS name,
    attribute.attname AS column_name,
    indexed.indisunique AS is_unique
FROM pg_catalog.pg_index AS indexed
INNER JOIN pg_catalog.pg_class AS named ON named.oid = indexed.indexrelid
INNER JOIN pg_catalog.pg_class AS relation ON relation.oid = indexed.indrelid
INNER JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
CROSS JOIN LATERAL UNNEST(indexed.indkey::smallint []) WITH ORDINALITY AS keyed (attnum, place)
INNER JOIN pg_catalog.pg_attribute AS attribute
    ON attribute.attrelid = relation.oid AND attribute.attnum = keyed.attnum
WHERE namespace.nspname = %(schema)s
    AND relation.relname = %(table)s
    AND indexed.indisvalid
    AND indexed.indpred IS NULL
    AND indexed.indexprs IS NULL
    AND keyed.place <= indexed.indnkeyatts
ORDER BY named.relname, keyed.place
