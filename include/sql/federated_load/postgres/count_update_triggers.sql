-- Enabled triggers that see each row before it is changed: bits 1, 2 and 16 of a trigger's type.
SELECT COUNT(*) AS found
FROM pg_catalog.pg_trigger AS fired
INNER JOIN pg_catalog.pg_class AS relation ON relation.oid = fired.tgrelid
INNER JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relation.relnamespace
WHERE namespace.nspname = %(schema)s
    AND relation.relname = %(table)s
    AND NOT fired.tgisinternal
    AND fired.tgenabled <> 'D'
    AND fired.tgtype & 19 = 19
