-- The table that takes the target's place, with its distribution, sort keys, encodings and defaults.
CREATE TABLE {{ next }} (LIKE {{ target }} INCLUDING DEFAULTS)
