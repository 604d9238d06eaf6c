-- Tables that a zero-ETL integration brings into this warehouse already; the view is empty for all but superusers.
SELECT integration_id, target_database, schema_name, table_name, table_state
FROM svv_integration_table_state
WHERE schema_name = {{ schema }}
    AND table_name IN ({{ tables | join(", ") }})
    AND table_state <> 'Deleted'
