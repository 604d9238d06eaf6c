-- What is published of a table: its columns in their order, without rows that are marked as deleted.
SELECT {% for column in columns %}{% if not loop.first %}
     , {% endif %}{% if column.cast %}CAST({{ column.name }} AS {{ column.cast }}) AS {% endif %}{{ column.name }}{% endfor %}
  FROM {{ target }}
{%- if flag %}
 WHERE {{ flag }} IS NULL
    OR NOT {{ flag }}
{%- endif %}
