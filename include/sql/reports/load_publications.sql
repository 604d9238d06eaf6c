-- What was unloaded to the lake, what readers see now, and which folders are the way back. Newest first.
-- psql "$LEDGER" -f include/sql/reports/load_publications.sql
SELECT publication.pipeline
     , publication.table_name
     , publication.external_table
     , CASE
           WHEN publication.removed_at IS NOT NULL THEN 'removed'
           WHEN publication.published_at IS NULL THEN 'unloaded'
           WHEN publication.published_at = max(publication.published_at)
                OVER (PARTITION BY publication.pipeline, publication.table_name) THEN 'read now'
           ELSE 'kept'
       END AS state
     , publication.rows
     , publication.files
     , publication.bytes
     , publication.location
     , publication.unloaded_at::timestamptz(0)
     , publication.published_at::timestamptz(0)
     , publication.removed_at::timestamptz(0)
     , publication.run_id
  FROM switchyard.load_publication AS publication
 ORDER BY publication.published_at DESC NULLS FIRST
        , publication.pipeline
        , publication.table_name
        , publication.run_id;
