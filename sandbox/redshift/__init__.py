"""Redshift clusters whose databases answer, as an extension of moto's from outside."""

from sandbox.redshift.control import KINDS, force_status
from sandbox.redshift.install import install, reset

__all__ = ["KINDS", "force_status", "install", "reset"]
