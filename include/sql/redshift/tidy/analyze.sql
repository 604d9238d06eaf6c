-- Redshift skips it by itself where few rows have changed.
ANALYZE {{ table }} PREDICATE COLUMNS
