-- Rows of the target whose keys the source does not have.
CREATE TABLE {{ gone }} AS
SELECT {% for key in keys %}held.{{ key }}
     , {% endfor %}held.held_watermark
  FROM {{ held }} AS held
 WHERE NOT EXISTS (
       SELECT 1
         FROM {{ key_set }} AS present
        WHERE {% for key in keys %}{% if not loop.first %}
          AND {% endif %}present.{{ key }} = held.{{ key }}{% endfor %})
