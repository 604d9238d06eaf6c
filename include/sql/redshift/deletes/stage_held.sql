-- What the target holds before the source is asked for its keys: what comes into it later is not compared.
CREATE TABLE {{ held }} AS
SELECT {{ keys | join("\n     , ") }}
     , {{ watermark }} AS held_watermark
  FROM {{ target }}
{%- if flag %}
 WHERE {{ flag }} IS NULL
    OR NOT {{ flag }}
{%- endif %}
