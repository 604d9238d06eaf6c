-- The tables of a schema of a PostgreSQL database, read live.
CREATE EXTERNAL SCHEMA {{ schema }}
FROM POSTGRES
DATABASE {{ database }} SCHEMA {{ remote_schema }}
URI {{ host }} PORT {{ port }}
IAM_ROLE {{ role_arn }}
SECRET_ARN {{ secret_arn }}
