-- Which of the schemas that a load writes to are there.
SELECT schema_name
FROM svv_redshift_schemas
WHERE database_name = CURRENT_DATABASE()
    AND schema_name IN ({{ schemas | join(", ") }})
