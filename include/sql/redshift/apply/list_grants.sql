-- Who may do what with the target: a table that takes its place has none of it by itself.
SELECT privilege_type
     , identity_name
     , identity_type
     , admin_option
  FROM svv_relation_privileges
 WHERE namespace_name = :schema_name
   AND relation_name = :table_name
 ORDER BY identity_type
        , identity_name
        , privilege_type
