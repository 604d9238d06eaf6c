-- Each key once, in its newest version: from the live database where it changed after the boundary, else from the
-- warehouse, and from the lake where neither has it. The boundary moves in the transaction that applies a window.
CREATE OR REPLACE VIEW {{ view }} AS
SELECT {% for column in columns %}CAST({{ column.source }} AS {{ column.type }}) AS {{ column.name }}
     , {% endfor %}CAST('live' AS varchar(9)) AS source
  FROM {{ live }}
 WHERE {{ watermark.source }} >= {{ boundary }}
 UNION ALL
SELECT {% for column in columns %}warehouse.{{ column.name }}
     , {% endfor %}CAST('warehouse' AS varchar(9)) AS source
  FROM {{ target }} AS warehouse
  LEFT JOIN (
        SELECT {% for key in keys %}{% if not loop.first %}
             , {% endif %}CAST({{ key.source }} AS {{ key.type }}) AS {{ key.name }}{% endfor %}
          FROM {{ live }}
         WHERE {{ watermark.source }} >= {{ boundary }}
       ) AS changed
    ON {% for key in keys %}{% if not loop.first %}
   AND {% endif %}changed.{{ key.name }} = warehouse.{{ key.name }}{% endfor %}
 WHERE changed.{{ keys[0].name }} IS NULL
{%- if flag %}
   AND (warehouse.{{ flag }} IS NULL OR NOT warehouse.{{ flag }})
{%- endif %}
{%- if lake %}
 UNION ALL
SELECT {% for column in columns %}CAST(lake.{{ column.name }} AS {{ column.type }}) AS {{ column.name }}
     , {% endfor %}CAST('lake' AS varchar(9)) AS source
  FROM {{ lake }} AS lake
  LEFT JOIN (
        SELECT {% for key in keys %}{% if not loop.first %}
             , {% endif %}CAST({{ key.source }} AS {{ key.type }}) AS {{ key.name }}{% endfor %}
          FROM {{ live }}
         WHERE {{ watermark.source }} >= {{ boundary }}
       ) AS changed
    ON {% for key in keys %}{% if not loop.first %}
   AND {% endif %}changed.{{ key.name }} = lake.{{ key.name }}{% endfor %}
  LEFT JOIN {{ target }} AS warehouse
    ON {% for key in keys %}{% if not loop.first %}
   AND {% endif %}warehouse.{{ key.name }} = lake.{{ key.name }}{% endfor %}
 WHERE changed.{{ keys[0].name }} IS NULL
   AND warehouse.{{ keys[0].name }} IS NULL
{%- endif %}
  WITH NO SCHEMA BINDING
