-- The database's own time in UTC: the start of the recovery point's age.
SELECT UTC_TIMESTAMP(6) AS source_time;
