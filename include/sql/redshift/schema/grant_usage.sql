-- Who may use an external schema.
GRANT USAGE ON SCHEMA {{ schema }} TO {{ grantee }}
