-- Only rows that are as they were when they were compared: a key that came back since has another watermark.
UPDATE {{ target }}
   SET {{ flag }} = TRUE
  FROM {{ gone }} AS gone
 WHERE {% for key in keys %}{{ target_name }}.{{ key }} = gone.{{ key }}
   AND {% endfor %}{{ target_name }}.{{ watermark }} = gone.held_watermark
