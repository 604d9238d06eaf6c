-- In the transaction that unloads, so that both see the same rows.
SELECT COUNT(*) AS row_count
  FROM {{ target }}
{%- if flag %}
 WHERE {{ flag }} IS NULL
    OR NOT {{ flag }}
{%- endif %}
