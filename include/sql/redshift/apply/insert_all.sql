-- All rows of a stage: into the table that takes a target's place, or where a window was taken out before.
INSERT INTO {{ target }} (
    {{ columns | join("\n  , ") }}
)
SELECT {{ columns | join("\n     , ") }}
  FROM {{ stage }}
