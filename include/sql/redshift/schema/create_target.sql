-- The table that a load keeps equal to one of the source. It has no primary key on purpose: Redshift would believe it
-- without looking, and so would each count of distinct keys.
CREATE TABLE IF NOT EXISTS {{ target }} (
{%- for column in columns %}
    {{ column.name }} {{ column.type }}{{ " NOT NULL" if column.is_required }}{{ "," if flag or not loop.last }}
{%- endfor %}
{%- if flag %}
    {{ flag }} BOOLEAN NOT NULL DEFAULT FALSE
{%- endif %}
)
{%- if dist_key %}
DISTKEY ({{ dist_key }})
{%- endif %}
{%- if sort_key %}
SORTKEY ({{ sort_key | join(", ") }})
{%- endif %}
