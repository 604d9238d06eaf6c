CREATE TABLE synonyms_table (
  syn_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  base_term varchar(255),
  synonym_1 varchar(255),
  synonym_2 varchar(255)
);
INSERT INTO synonyms_table (base_term, synonym_1, synonym_2)
VALUES ('danish', 'croissant', 'pastry');
