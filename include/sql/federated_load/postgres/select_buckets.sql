-- Figures of each bucket of the source, of the rows that had settled when the window ended.
SELECT {% if number_key %}CAST(ABS(MOD({{ number_key[0] }}, %(buckets)s)) AS text)
{%- elif watermark %}TO_CHAR({{ watermark[0] }}, 'YYYY-MM-DD')
{%- else %}'all'{% endif %} AS bucket
     , COUNT(*) AS row_count
{%- for key in number_keys %}
     , SUM({{ key }}) AS key_sum_{{ loop.index }}
{%- endfor %}
{%- if watermark %}
     , SUM(CAST(EXTRACT(EPOCH FROM {{ watermark[0] }}) * 1000000 AS bigint)) AS watermark_sum
{%- endif %}
{%- for column in sums %}
     , SUM({{ column }}) AS sum_{{ loop.index }}
{%- endfor %}
  FROM {{ table }}
 WHERE {% if watermark %}{{ watermark[0] }} < %(before)s{% else %}1 = 1{% endif %}
{%- if number_key %}
   AND ABS(MOD({{ number_key[0] }}, %(outer_buckets)s)) IN %(within)s
{%- endif %}
 GROUP BY 1
