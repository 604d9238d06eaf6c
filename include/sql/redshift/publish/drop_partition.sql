-- A partition of which no row is left; its old folder stays as long as its run's does.
ALTER TABLE {{ table }} DROP PARTITION ({% for pair in partition.pairs %}{% if not loop.first %}, {% endif %}{{ pair.column }} = {{ pair.value }}{% endfor %})
