-- The database's own time in UTC: the start of the recovery point's age.
SELECT CLOCK_TIMESTAMP() AT TIME ZONE 'UTC' AS source_time;
