-- What was granted on the table whose place this one takes.
GRANT {{ privilege }} ON {{ table }} TO {{ grantee }}{% if with_grant_option %} WITH GRANT OPTION{% endif %}
