-- Brings the planner's statistics up to date.
ANALYZE {{ table }}
