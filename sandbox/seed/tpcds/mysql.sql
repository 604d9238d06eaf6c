-- When a row of {table} was last written. DATETIME is not converted by time zones of sessions; the server's is UTC.

ALTER TABLE {table}
  ADD COLUMN updated_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
  ADD INDEX {table}_updated_at (updated_at);
