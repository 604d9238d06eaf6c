-- Rows that the window does not have: a plan, a time zone or a type is not what it is thought to be.
SELECT
    'bounds' AS check_name,
    CAST(NULL AS VARCHAR(127)) AS column_name,
    COUNT(*) AS found,
    CASE WHEN COUNT(*) = 0 THEN 'pass' ELSE 'fail' END AS verdict
FROM {{ stage }}
WHERE {{ watermark }} IS NULL
    OR {{ watermark }} < {{ reads_from }}
    OR {{ watermark }} >= {{ hi }}
