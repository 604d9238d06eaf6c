-- An external schema that is to be made anew; tables at the source and the catalogue's database stay as they are.
DROP SCHEMA IF EXISTS {{ schema }}
