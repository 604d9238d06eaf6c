-- How an external schema was made, as far as the warehouse shows it.
SELECT esoid, eskind, databasename, esoptions
FROM svv_external_schemas
WHERE schemaname = {{ name }}
