-- The windows that a target holds, in the order in which they were read; one such table for each target.
CREATE TABLE IF NOT EXISTS {{ applied }} (
    stage varchar(127) NOT NULL
  , staged_at timestamp NOT NULL
  , reads_from timestamp NOT NULL
  , hi timestamp NOT NULL
)
