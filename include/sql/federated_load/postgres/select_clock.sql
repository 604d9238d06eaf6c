-- The present, twice: what sessions write into columns with a time zone does not depend on theirs.
SELECT
    NOW() AT TIME ZONE 'UTC' AS here,
    NOW() AT TIME ZONE 'UTC' AS utc
