-- A database of its own: PostgreSQL looks into a schema of the user's own name first, and in the ledger's, which is
-- called switchyard as the user is, Airflow would find the ledger's version in the place of its own.
CREATE DATABASE ledger;
