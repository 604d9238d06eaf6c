-- The rows of the source in a few small buckets, as far as they are compared, whenever they changed.
SELECT {{ keys | join("\n     , ") if keys else "NULL AS no_key" }}
{%- if watermark %}
     , {{ watermark[0] }} AS row_watermark
{%- endif %}
{%- for column in sums %}
     , {{ column }} AS value_{{ loop.index }}
{%- endfor %}
  FROM {{ table }}
 WHERE {% if number_key %}ABS(MOD({{ number_key[0] }}, %(buckets)s)) IN %(within)s
{%- elif watermark %}DATE_FORMAT({{ watermark[0] }}, '%%Y-%%m-%%d') IN %(within)s
{%- else %}1 = 1{% endif %}
