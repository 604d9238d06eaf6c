-- A stage that an earlier try of the run may have left.
DROP TABLE IF EXISTS {{ stage }}
