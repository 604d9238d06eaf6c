-- Who may use an external schema; this goes with the schema when it is dropped.
SELECT DISTINCT identity_type, identity_name
FROM svv_schema_privileges
WHERE namespace_name = {{ name }}
    AND privilege_type = 'USAGE'
