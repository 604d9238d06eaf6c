-- Publishes the records of one run. It never runs into a partition that has files: see the pipeline's page.
-- A detection without a known place keeps a row without column; one with several columns has a row for each.
-- Athena reads a table as often as a statement names it: detections of both kinds are made one list, unnested once.
INSERT INTO sensitive_columns
WITH found AS (
    SELECT record.id
         , record.pipeline
         , record.source_name
         , record.schema_name
         , record.table_name
         , record.severity
         , record.resourcesaffected.s3object.key AS object_key
         , record.resourcesaffected.s3object.etag AS object_etag
         , record.classificationdetails.jobid AS job_id
         , record.classificationdetails.result.status.code AS status_code
         , record.classificationdetails.result.status.reason AS status_reason
         , record.createdat AS created_at
         , one.category
         , one.detector
         , one.occurrences
         , transform(coalesce(one.places, ARRAY[]), place -> place.jsonpath) AS paths
      FROM macie_records AS record
     CROSS JOIN UNNEST(
               concat(
                   flatten(
                       transform(
                           coalesce(record.classificationdetails.result.sensitivedata, ARRAY[])
                         , kind -> transform(
                               coalesce(kind.detections, ARRAY[])
                             , managed -> ROW(
                                   kind.category, managed.type, managed.count, managed.occurrences.records
                               )
                           )
                       )
                   )
                 , transform(
                       coalesce(record.classificationdetails.result.customdataidentifiers.detections, ARRAY[])
                     , custom -> ROW(
                           CAST('CUSTOM_IDENTIFIER' AS varchar)
                         , concat('custom:', custom.name)
                         , custom.count
                         , custom.occurrences.records
                       )
                   )
               )
           ) AS one (category, detector, occurrences, places)
     WHERE record.origin = {{ origin }}
       AND record.run_id = {{ run_id }}
), placed AS (
    SELECT found.*
         , CAST(
               cardinality(
                   filter(paths, path -> regexp_like(path, '(?s)(\[[''"].*[''"]\]|\.[^.\[\]]+)$'))
               ) AS bigint
           ) AS located
         , filter(
               transform(
                   array_distinct(paths)
                 , path -> coalesce(
                       regexp_extract(path, '(?s)\[[''"](.*)[''"]\]$', 1)
                     , regexp_extract(path, '\.([^.\[\]]+)$', 1)
                   )
               )
             , name -> name IS NOT NULL
           ) AS names
      FROM found
)
SELECT placed.id
     , placed.pipeline
     , placed.source_name
     , placed.schema_name
     , placed.table_name
     , known.column_name
     , known.column_name IS NOT NULL
     , placed.category
     , placed.detector
     , placed.occurrences
     , placed.located
     , placed.located < placed.occurrences
     , placed.severity.score
     , placed.severity.description
     , placed.object_key
     , placed.object_etag
     , placed.job_id
     , placed.status_code
     , placed.status_reason
     , placed.created_at
     , {{ run_date }}
     , {{ run_id }}
  FROM placed
  LEFT JOIN UNNEST(array_distinct(placed.names)) AS known (column_name) ON TRUE
