"""Logins and verified connections to the databases that the pipelines read."""
