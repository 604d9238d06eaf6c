"""RDS with AWS's behaviour for clusters and instances, as an extension of moto's from outside."""

from sandbox.rds.control import KINDS, force_status
from sandbox.rds.install import install, reset

__all__ = ["KINDS", "force_status", "install", "reset"]
