CREATE TABLE SynonymsTable (
  SynID int NOT NULL AUTO_INCREMENT,
  Base_Term varchar(255),
  Synonym_1 varchar(255),
  Synonym_2 varchar(255),
  PRIMARY KEY (SynID)
);
INSERT INTO SynonymsTable (Base_Term, Synonym_1, Synonym_2)
VALUES ('danish', 'croissant', 'pastry');
