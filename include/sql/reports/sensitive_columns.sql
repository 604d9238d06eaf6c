-- The register: which columns hold which sensitive data, since when, whether somebody was told. Newest first.
-- psql "$LEDGER" -f include/sql/reports/sensitive_columns.sql
SELECT pipeline
     , schema_name
     , table_name
     , nullif(column_name, '') AS column_name
     , detector
     , category
     , severity
     , occurrences
     , truncated
     , first_seen_at::timestamptz(0)
     , last_seen_at::timestamptz(0)
     , gone_at::timestamptz(0)
     , alerted_at::timestamptz(0)
  FROM switchyard.sensitive_column
 ORDER BY gone_at IS NOT NULL
        , first_seen_at DESC NULLS LAST
        , pipeline
        , schema_name
        , table_name
        , column_name
        , detector;
