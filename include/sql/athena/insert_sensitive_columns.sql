-- Publishes the records of one run. It never runs into a partition that has files: see the pipeline's page.
-- A detection without a known place keeps a row without column; one with several columns has a row for each.
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
         , kind.category
         , one.type AS detector
         , one.count AS occurrences
         , one.occurrences.records AS places
      FROM macie_records AS record
     CROSS JOIN UNNEST(record.classificationdetails.result.sensitivedata) AS kind (category, totalcount, detections)
     CROSS JOIN UNNEST(kind.detections) AS one (type, count, occurrences)
     WHERE record.origin = {{ origin }}
       AND record.run_id = {{ run_id }}
    UNION ALL
    SELECT record.id
         , record.pipeline
         , record.source_name
         , record.schema_name
         , record.table_name
         , record.severity
         , record.resourcesaffected.s3object.key
         , record.resourcesaffected.s3object.etag
         , record.classificationdetails.jobid
         , record.classificationdetails.result.status.code
         , record.classificationdetails.result.status.reason
         , record.createdat
         , 'CUSTOM_IDENTIFIER'
         , concat('custom:', one.name)
         , one.count
         , one.occurrences.records
      FROM macie_records AS record
     CROSS JOIN UNNEST(record.classificationdetails.result.customdataidentifiers.detections)
        AS one (arn, name, count, occurrences)
     WHERE record.origin = {{ origin }}
       AND record.run_id = {{ run_id }}
), placed AS (
    SELECT found.*
         , filter(
               transform(
                   coalesce(places, ARRAY[])
                 , place -> coalesce(
                       regexp_extract(place.jsonpath, '(?s)\[[''"](.*)[''"]\]$', 1)
                     , regexp_extract(place.jsonpath, '\.([^.\[\]]+)$', 1)
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
     , CAST(cardinality(placed.names) AS bigint)
     , cardinality(placed.names) < placed.occurrences
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
