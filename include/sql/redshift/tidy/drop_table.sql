-- A table of one run alone.
DROP TABLE IF EXISTS {{ table }}
