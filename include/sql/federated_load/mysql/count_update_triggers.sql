-- Triggers that see each row before it is changed, as far as the login may see them.
SELECT COUNT(*) AS found
FROM information_schema.TRIGGERS
WHERE EVENT_OBJECT_SCHEMA = %(schema)s
    AND EVENT_OBJECT_TABLE = %(table)s
    AND EVENT_MANIPULATION = 'UPDATE'
    AND ACTION_TIMING = 'BEFORE'
