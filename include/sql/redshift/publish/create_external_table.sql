-- Readers of the lake know the table by this name, whichever folder it reads.
CREATE EXTERNAL TABLE {{ table }} (
{%- for column in columns %}
{% if loop.first %}    {% else %}  , {% endif %}{{ column.name }} {{ column.type }}
{%- endfor %}
)
{%- if partitions %}
PARTITIONED BY (
{%- for column in partitions %}
{% if loop.first %}    {% else %}  , {% endif %}{{ column.name }} {{ column.type }}
{%- endfor %}
)
{%- endif %}
STORED AS PARQUET
LOCATION {{ location }}
