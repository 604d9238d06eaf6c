-- Rows whose key has a NULL: it equals nothing, so that each run would add them again.
SELECT
    'null_keys' AS check_name,
    CAST(NULL AS VARCHAR(127)) AS column_name,
    COUNT(*) AS found,
    CASE WHEN COUNT(*) = 0 THEN 'pass' ELSE 'fail' END AS verdict
FROM {{ stage }}
WHERE {% for column in key %}{{ " OR " if not loop.first }}{{ column }} IS NULL{% endfor %}
