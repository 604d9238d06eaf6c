-- The plan of the statement that reads the source, with this run's bounds.
EXPLAIN
{% include "redshift/stage/select_window.sql" %}
