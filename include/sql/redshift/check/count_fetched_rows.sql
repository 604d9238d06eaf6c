-- How many rows the statement that made the stage has fetched from the source: the proof that its filter went there.
SELECT SUM(returned_rows) AS fetched
FROM sys_external_query_detail
WHERE query_id = {{ query }}
