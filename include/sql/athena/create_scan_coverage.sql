-- What Macie said of each object of each run: COMPLETE, PARTIAL, SKIPPED, or UNSEEN where it said nothing.
-- A run of a backfill bears the date of its tick; searched_at tells from when the rows are that it searched.
CREATE EXTERNAL TABLE IF NOT EXISTS scan_coverage (
    pipeline string,
    run_id string,
    run_date string,
    searched_at string,
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
