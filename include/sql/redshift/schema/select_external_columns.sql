-- The columns that the warehouse's login sees at the source.
SELECT tablename, columnname
FROM svv_external_columns
WHERE schemaname = {{ name }}
    AND tablename IN ({{ tables | join(", ") }})
