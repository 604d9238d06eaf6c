"""Redshift's SQL on DuckDB: databases, sessions and statements, without any HTTP."""
