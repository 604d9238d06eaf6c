-- Figures of each bucket of the source, of the rows that had settled when the window ended.
SELECT {% if number_key %}CAST(ABS(MOD({{ number_key[0] }}, %(buckets)s)) AS CHAR)
{%- elif watermark %}DATE_FORMAT({{ watermark[0] }}, '%%Y-%%m-%%d')
{%- else %}'all'{% endif %} AS bucket
     , COUNT(*) AS row_count
{%- for key in number_keys %}
     , SUM({{ key }}) AS key_sum_{{ loop.index }}
{%- endfor %}
{%- if watermark %}
     , SUM(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', {{ watermark[0] }})) AS watermark_sum
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
