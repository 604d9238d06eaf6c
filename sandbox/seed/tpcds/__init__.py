"""TPC-DS's shop in a real database: generated rows, and columns that say when each was last written."""

from sandbox.seed.tpcds.loading import load, statements
from sandbox.seed.tpcds.tables import CLOSING, OPENING, TABLES, WATERMARK, EngineName, Table

__all__ = ["CLOSING", "OPENING", "TABLES", "WATERMARK", "EngineName", "Table", "load", "statements"]
