-- The tables of a MySQL database, read live.
CREATE EXTERNAL SCHEMA {{ schema }}
FROM MYSQL
DATABASE {{ database }}
URI {{ host }} PORT {{ port }}
IAM_ROLE {{ role_arn }}
SECRET_ARN {{ secret_arn }}
