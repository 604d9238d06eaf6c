-- From here on readers of this partition see the folder of this run.
ALTER TABLE {{ table }} PARTITION ({% for pair in partition.pairs %}{% if not loop.first %}, {% endif %}{{ pair.column }} = {{ pair.value }}{% endfor %}) SET LOCATION {{ partition.location }}
