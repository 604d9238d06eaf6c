-- What was noted of an external schema; without fingerprint, a run has begun to make it anew.
SELECT schema_oid, fingerprint, grants
FROM {{ registry }}
WHERE schema_name = {{ name }}
