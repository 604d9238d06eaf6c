-- Macie's findings and discovery results as they came, one record a line; a query must name one run.
CREATE EXTERNAL TABLE IF NOT EXISTS macie_records (
    id string,
    pipeline string,
    source_name string,
    schema_name string,
    table_name string,
    createdat string,
    severity struct<score: int, description: string>,
    resourcesaffected struct<s3object: struct<key: string, etag: string>>,
    classificationdetails struct<
        jobid: string,
        result: struct<
            status: struct<code: string, reason: string>,
            additionaloccurrences: boolean,
            sensitivedata: array<struct<
                category: string,
                totalcount: bigint,
                detections: array<struct<
                    type: string,
                    count: bigint,
                    occurrences: struct<records: array<struct<jsonpath: string, recordindex: bigint>>>
                >>
            >>,
            customdataidentifiers: struct<
                totalcount: bigint,
                detections: array<struct<
                    arn: string,
                    name: string,
                    count: bigint,
                    occurrences: struct<records: array<struct<jsonpath: string, recordindex: bigint>>>
                >>
            >
        >
    >
)
PARTITIONED BY (origin string, run_id string)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
LOCATION {{ location }}
TBLPROPERTIES (
    'projection.enabled' = 'true',
    'projection.origin.type' = 'enum',
    'projection.origin.values' = 'finding,result',
    'projection.run_id.type' = 'injected',
    'storage.location.template' = {{ template }}
)
