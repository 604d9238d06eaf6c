-- Notes on external schemas: what the warehouse does not show of them, and grants while one is made anew.
CREATE TABLE IF NOT EXISTS {{ registry }} (
    schema_name VARCHAR(127) NOT NULL,
    schema_oid BIGINT,
    fingerprint CHAR(64),
    grants VARCHAR(65535) NOT NULL,
    noted_at TIMESTAMP NOT NULL
)
