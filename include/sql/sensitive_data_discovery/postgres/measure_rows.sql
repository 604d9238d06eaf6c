-- Bytes of a row as text, on average over the first rows of a table or view; no value leaves the database.
SELECT coalesce(avg(width), 0) AS row_bytes
  FROM (
           SELECT 0
                  {% for column in columns -%}
                  + coalesce(octet_length(CAST({{ column }} AS text)), 0)
                  {% endfor -%}
                  AS width
             FROM {{ table }}
            LIMIT 1000
       ) AS sample
