-- The rows of the target in a few small buckets, as far as they are compared.
SELECT {{ keys | join("\n     , ") if keys else "NULL AS no_key" }}
{%- if watermark %}
     , {{ watermark }} AS row_watermark
{%- endif %}
{%- for column in sums %}
     , {{ column }} AS value_{{ loop.index }}
{%- endfor %}
  FROM {{ target }}
 WHERE {% if number_key %}ABS(MOD({{ number_key }}, {{ buckets }})) IN ({{ within | join(", ") }})
{%- elif watermark %}TO_CHAR({{ watermark }}, 'YYYY-MM-DD') IN ({{ within | join(", ") }})
{%- else %}TRUE{% endif %}
{%- if flag %}
   AND ({{ flag }} IS NULL OR NOT {{ flag }})
{%- endif %}
