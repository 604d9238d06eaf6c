"""Athena: queries that run, on DuckDB over the objects of Glue's tables, by extending moto from outside."""

from sandbox.athena.control import KINDS, force_status
from sandbox.athena.install import install, reset

__all__ = ["KINDS", "force_status", "install", "reset"]
