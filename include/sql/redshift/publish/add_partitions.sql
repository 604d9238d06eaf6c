-- Partitions that the table did not have; 100 at most in one statement.
ALTER TABLE {{ table }} ADD IF NOT EXISTS
{%- for partition in partitions %}
    PARTITION ({% for pair in partition.pairs %}{% if not loop.first %}, {% endif %}{{ pair.column }} = {{ pair.value }}{% endfor %}) LOCATION {{ partition.location }}
{%- endfor %}
