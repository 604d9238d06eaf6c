-- Rows of the target give way where the stage has a newer version, or another one of the same moment: a window that is
-- applied again changes nothing. DECODE takes two NULLs for equal.
DELETE FROM {{ target }}
 USING {{ stage }} AS fresh
 WHERE {% for key in keys %}{{ target_name }}.{{ key }} = fresh.{{ key }}
   AND {% endfor %}(
           {{ target_name }}.{{ watermark }} < fresh.{{ watermark }}
        OR (
               {{ target_name }}.{{ watermark }} = fresh.{{ watermark }}
           AND (
                   FALSE
{%- for column in others %}
                OR DECODE({{ target_name }}.{{ column }}, fresh.{{ column }}, 0, 1) = 1
{%- endfor %}
{%- if flag %}
                OR {{ target_name }}.{{ flag }}
{%- endif %}
               )
           )
       )
