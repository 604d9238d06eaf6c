-- The reviewed exceptions of each run, as they were configured then.
CREATE EXTERNAL TABLE IF NOT EXISTS reviewed_exceptions (
    pipeline string,
    run_id string,
    run_date string,
    schema_name string,
    table_name string,
    column_name string,
    detector string,
    owner string,
    reason string,
    expires string
)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
LOCATION {{ location }}
