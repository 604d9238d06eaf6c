"""RDS with AWS's behaviour for Aurora clusters, as an extension of moto's from outside."""

from sandbox.rds.control import KINDS, force_status
from sandbox.rds.install import install, reset

__all__ = ["KINDS", "force_status", "install", "reset"]
