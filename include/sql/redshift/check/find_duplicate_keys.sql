-- Keys that occur twice: Redshift enforces no key, so that the target would hold both rows.
SELECT
    'duplicate_keys' AS check_name,
    CAST(NULL AS VARCHAR(127)) AS column_name,
    COUNT(*) AS found,
    CASE WHEN COUNT(*) = 0 THEN 'pass' ELSE 'fail' END AS verdict
FROM (
    SELECT {{ key | join(", ") }}
    FROM {{ stage }}
    GROUP BY {{ key | join(", ") }}
    HAVING COUNT(*) > 1
) AS twice
