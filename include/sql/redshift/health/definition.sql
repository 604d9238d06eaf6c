-- The statement that makes a table anew, for a backfill beside it or after its loss.
SHOW TABLE {{ table }}
