-- Figures of each bucket of the target. Rows that changed at the source since the window are left out on both sides.
SELECT {% if number_key %}CAST(ABS(MOD(held.{{ number_key }}, {{ buckets }})) AS varchar(20))
{%- elif watermark %}TO_CHAR(held.{{ watermark }}, 'YYYY-MM-DD')
{%- else %}'all'{% endif %} AS bucket
     , COUNT(*) AS row_count
{%- for key in number_keys %}
     , SUM(held.{{ key }}) AS key_sum_{{ loop.index }}
{%- endfor %}
{%- if watermark %}
     , SUM(DATEDIFF(microsecond, '1970-01-01'::timestamp, CAST(held.{{ watermark }} AS timestamp))) AS watermark_sum
{%- endif %}
{%- for column in sums %}
     , SUM(held.{{ column }}) AS sum_{{ loop.index }}
{%- endfor %}
  FROM {{ target }} AS held
{%- if watermark and keys %}
  LEFT JOIN (
        SELECT {% for key in source_keys %}{% if not loop.first %}
             , {% endif %}CAST({{ key.source }} AS {{ key.type }}) AS {{ key.name }}{% endfor %}
          FROM {{ live }}
         WHERE {{ source_watermark }} >= {{ before }}
       ) AS changed
    ON {% for key in keys %}{% if not loop.first %}
   AND {% endif %}changed.{{ key }} = held.{{ key }}{% endfor %}
{%- endif %}
 WHERE {% if watermark %}held.{{ watermark }} < {{ before }}{% else %}TRUE{% endif %}
{%- if watermark and keys %}
   AND changed.{{ keys[0] }} IS NULL
{%- endif %}
{%- if number_key %}
   AND ABS(MOD(held.{{ number_key }}, {{ outer_buckets }})) IN ({{ within | join(", ") }})
{%- endif %}
{%- if flag %}
   AND (held.{{ flag }} IS NULL OR NOT held.{{ flag }})
{%- endif %}
 GROUP BY 1
