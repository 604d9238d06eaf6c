-- The rows of a run's window at the source, with explicit columns and casts; all rows of a table that is swapped.
SELECT
{%- for column in columns %}
    CAST({{ column.source }} AS {{ column.type }}) AS {{ column.name }}{{ "," if not loop.last }}
{%- endfor %}
FROM {{ remote }}
{%- if watermark %}
WHERE {{ watermark }} >= {{ reads_from }}
    AND {{ watermark }} < {{ hi }}
{%- endif %}
