-- The newest change of a table; its index answers.
SELECT MAX({{ watermark }}) AS newest
FROM {{ table }}
