"""RDS with AWS's behaviour for Aurora clusters, as an extension of moto's from outside."""

from sandbox.rds.control import force_status
from sandbox.rds.install import install, reset
from sandbox.rds.quotas import quotas

__all__ = ["force_status", "install", "quotas", "reset"]
