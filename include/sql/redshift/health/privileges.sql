-- Who besides its owner may use a schema of stages: half-made tables are nobody's to read.
SELECT namespace_name AS schema_name
     , privilege_type
     , identity_name
     , identity_type
  FROM svv_schema_privileges
 WHERE namespace_name = :staging_schema
 ORDER BY 3
        , 2
