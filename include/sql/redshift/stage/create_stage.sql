-- The run's stage: the only statement of a load that reads the source's rows.
CREATE TABLE {{ stage }}
{%- if dist_key %}
DISTKEY ({{ dist_key }})
{%- endif %}
AS
{% include "redshift/stage/select_window.sql" %}
