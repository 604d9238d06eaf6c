"""The Redshift Data API: statements that really run, by extending moto from outside."""

from sandbox.redshift_data.install import install, reset

__all__ = ["install", "reset"]
