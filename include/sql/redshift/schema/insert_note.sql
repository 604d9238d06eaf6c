-- A note on an external schema.
INSERT INTO {{ registry }} (schema_name, schema_oid, fingerprint, grants, noted_at)
VALUES (
    {{ name }},
    {{ oid if oid else "NULL" }},
    {{ fingerprint if fingerprint else "NULL" }},
    {{ grants }},
    GETDATE()
)
