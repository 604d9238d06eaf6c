"""Redshift Serverless, which moto lacks: namespaces that hold databases, and workgroups that reach them."""

from sandbox.redshift_serverless.control import KINDS, force_status
from sandbox.redshift_serverless.install import install, reset

__all__ = ["KINDS", "force_status", "install", "reset"]
