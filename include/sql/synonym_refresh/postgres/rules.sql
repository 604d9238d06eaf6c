-- Rules of every kind, with as many terms as wanted, from a table such as
--   CREATE TABLE synonym_rules (
--     rule_id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
--     kind VARCHAR(20) NOT NULL DEFAULT 'equivalent',  -- or one_way: terms also find targets; replace: only targets
--     terms JSONB NOT NULL,                            -- ["frozen custard", "gelato", "ice cream"]
--     targets JSONB,                                   -- for one_way and replace
--     locale VARCHAR(20),                              -- empty for every locale
--     enabled BOOLEAN NOT NULL DEFAULT TRUE
--   );
SELECT rule_id AS row_id
     , kind
     , terms
     , targets
     , locale
     , enabled
  FROM {{ table }}
 ORDER BY row_id;
