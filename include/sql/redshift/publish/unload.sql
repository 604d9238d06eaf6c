-- Into a folder of its own, so that nothing there can be of another run; the manifest says what it wrote. Without
-- ENCRYPTED AUTO, UNLOAD would encrypt with a key of S3's, whichever the bucket has by default.
UNLOAD ({{ query }})
    TO {{ location }}
    IAM_ROLE {{ role }}
    FORMAT AS PARQUET
{%- if partitions %}
    PARTITION BY ({{ partitions | join(", ") }})
{%- endif %}
    ENCRYPTED AUTO
    MANIFEST VERBOSE
    MAXFILESIZE 128 MB
