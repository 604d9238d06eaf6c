-- What Macie said of each object of each run: COMPLETE, PARTIAL, SKIPPED, or UNSEEN where it said nothing.
CREATE EXTERNAL TABLE IF NOT EXISTS scan_coverage (
    pipeline string,
    run_id string,
    run_date string,
    found string,
    source_name string,
    schema_name string,
    table_name string,
    object_key string,
    object_bytes bigint,
    status_code string,
    status_reason string
)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
LOCATION {{ location }}
