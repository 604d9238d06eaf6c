-- Into a folder of its own, so that nothing there can be of another run; the manifest says what it wrote.
UNLOAD ({{ query }})
    TO {{ location }}
    IAM_ROLE {{ role }}
    FORMAT AS PARQUET
{%- if partitions %}
    PARTITION BY ({{ partitions | join(", ") }})
{%- endif %}
    MANIFEST VERBOSE
    MAXFILESIZE 128 MB
