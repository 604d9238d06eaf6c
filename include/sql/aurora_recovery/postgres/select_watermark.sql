-- The latest value of a column that only grows: how far into time the data reaches.
SELECT MAX({{ column }}) AS watermark
FROM {{ table }};
