-- When a row of {table} was last written. An UPDATE that sets the column itself is left alone, as in MySQL.

ALTER TABLE {table}
  ADD COLUMN updated_at TIMESTAMPTZ(6) NOT NULL DEFAULT clock_timestamp();

CREATE INDEX {table}_updated_at ON {table} (updated_at);

CREATE FUNCTION {table}_updated() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.updated_at := clock_timestamp(); RETURN NEW; END $$;

CREATE TRIGGER {table}_updated BEFORE UPDATE ON {table}
FOR EACH ROW WHEN (NEW.updated_at = OLD.updated_at AND NEW IS DISTINCT FROM OLD)
EXECUTE FUNCTION {table}_updated();
