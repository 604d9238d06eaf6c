-- Texts that are longer in bytes than the target's columns; a stage keeps enough of each to tell.
{% for column in columns -%}
SELECT
    'lengths' AS check_name,
    {{ column.label }} AS column_name,
    COUNT(*) AS found,
    CASE WHEN COUNT(*) = 0 THEN 'pass' ELSE 'fail' END AS verdict
FROM {{ stage }}
WHERE OCTET_LENGTH({{ "RTRIM(" if column.is_padded }}{{ column.name }}{{ ")" if column.is_padded }}) > {{ column.length }}
{{ "UNION ALL" if not loop.last }}
{% endfor %}
