-- How much a pass would take away, of how much, and how much the source has.
SELECT (SELECT COUNT(*) FROM {{ held }}) AS held
     , (SELECT COUNT(*) FROM {{ key_set }}) AS source_keys
     , (SELECT COUNT(*) FROM {{ gone }}) AS gone
