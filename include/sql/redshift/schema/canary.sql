-- Whether the source answers; the condition leaves out every row, at the source.
SELECT COUNT(*) AS found
FROM {{ remote }}
WHERE {{ watermark }} < {{ long_ago }}
