-- Rows of a table or view; a condition may follow, for what filters let pass.
SELECT count(*) AS row_count FROM {{ table }}
