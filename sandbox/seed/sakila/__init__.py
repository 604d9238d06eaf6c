"""A video rental shop in the shape of the Sakila sample database, generated, with its real row counts."""

from sandbox.seed.sakila.loading import activity, load, statements, tables
from sandbox.seed.sakila.table import CLOSING, OPENING, Point, Table
from sandbox.seed.sakila.truth import PLANTED, Planted

__all__ = [
    "CLOSING",
    "OPENING",
    "PLANTED",
    "Planted",
    "Point",
    "Table",
    "activity",
    "load",
    "statements",
    "tables",
]
