"""A clinic's database that is hard to read: awkward names and types, empty tables, columns of NULL alone, views."""

from sandbox.seed.clinic.loading import load
from sandbox.seed.clinic.truth import SILENT, TRUTH

__all__ = ["SILENT", "TRUTH", "load"]
