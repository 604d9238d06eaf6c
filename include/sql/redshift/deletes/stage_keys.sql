-- All keys that the source has: no watermark tells of a row that is gone.
CREATE TABLE {{ key_set }} AS
SELECT {% for key in keys %}{% if not loop.first %}
     , {% endif %}CAST({{ key.source }} AS {{ key.type }}) AS {{ key.name }}{% endfor %}
  FROM {{ live }}
