"""The databases that DMS reads: how they are connected to, and what stands in them."""

from sandbox.dms.sources.mysql import MySQL
from sandbox.dms.sources.postgres import PostgreSQL
from sandbox.dms.sources.source import Source

SOURCES: dict[str, type[Source]] = {"mysql": MySQL, "postgres": PostgreSQL}

__all__ = ["SOURCES", "MySQL", "PostgreSQL", "Source"]
