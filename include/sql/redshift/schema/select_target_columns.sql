-- The columns of the targets that are there already.
SELECT schema_name, table_name, column_name, data_type
FROM svv_redshift_columns
WHERE database_name = CURRENT_DATABASE()
    AND schema_name IN ({{ schemas | join(", ") }})
    AND table_name IN ({{ tables | join(", ") }})
ORDER BY schema_name, table_name, ordinal_position
