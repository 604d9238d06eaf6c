-- The present in sessions that say nothing of a time zone, and the same moment in UTC.
SELECT
    NOW(6) AS here,
    UTC_TIMESTAMP(6) AS utc
