-- Rows of the stage whose keys the target does not have, or not any longer.
INSERT INTO {{ target }} (
    {{ columns | join("\n  , ") }}
{%- if flag %}
  , {{ flag }}
{%- endif %}
)
SELECT {% for column in columns %}{% if not loop.first %}
     , {% endif %}fresh.{{ column }}{% endfor %}
{%- if flag %}
     , FALSE
{%- endif %}
  FROM {{ stage }} AS fresh
  LEFT JOIN {{ target }} AS present
    ON {% for key in keys %}{% if not loop.first %}
   AND {% endif %}present.{{ key }} = fresh.{{ key }}{% endfor %}
 WHERE present.{{ keys[0] }} IS NULL
