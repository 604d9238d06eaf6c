-- Whether the stage has rows; an empty one passes where empty windows are allowed.
SELECT
    'rows' AS check_name,
    CAST(NULL AS VARCHAR(127)) AS column_name,
    COUNT(*) AS found,
{%- if zero_rows_fail %}
    CASE WHEN COUNT(*) > 0 THEN 'pass' ELSE 'fail' END AS verdict
{%- else %}
    'pass' AS verdict
{%- endif %}
FROM {{ stage }}
