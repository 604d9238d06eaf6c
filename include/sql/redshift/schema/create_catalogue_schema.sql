-- The tables of a database of the Glue catalogue; several pipelines may want the same one.
CREATE EXTERNAL SCHEMA IF NOT EXISTS {{ schema }}
FROM DATA CATALOG
DATABASE {{ database }}
REGION {{ region }}
IAM_ROLE {{ role_arn }}
CREATE EXTERNAL DATABASE IF NOT EXISTS
