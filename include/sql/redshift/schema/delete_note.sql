-- The note that another one replaces.
DELETE FROM {{ registry }}
WHERE schema_name = {{ name }}
