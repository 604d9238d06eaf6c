-- The register: one row for each kind of data in each column of each object, a partition for each run.
CREATE EXTERNAL TABLE IF NOT EXISTS sensitive_columns (
    record_id string,
    pipeline string,
    source_name string,
    schema_name string,
    table_name string,
    column_name string,
    column_known boolean,
    category string,
    detector string,
    occurrences bigint,
    located bigint,
    truncated boolean,
    severity_score int,
    severity string,
    object_key string,
    object_etag string,
    job_id string,
    status_code string,
    status_reason string,
    created_at string
)
PARTITIONED BY (run_date string, run_id string)
STORED AS PARQUET
LOCATION {{ location }}
TBLPROPERTIES ('parquet.compression' = 'SNAPPY')
