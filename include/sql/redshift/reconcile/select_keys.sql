-- The keys of a few small buckets that this run's pass for deletes read at the source.
SELECT {{ keys | join("\n     , ") }}
  FROM {{ key_set }}
{%- if number_key %}
 WHERE ABS(MOD({{ number_key }}, {{ buckets }})) IN ({{ within | join(", ") }})
{%- endif %}
