"""Macie: jobs that look through the real objects, by extending moto from outside.

Failures are made to order by faults on "macie2:Run/JOB NAME" and "macie2:Classify/BUCKET/KEY": see
`sandbox.macie.mishaps`.
"""

from sandbox.macie.control import KINDS, force_status
from sandbox.macie.install import install, reset

__all__ = ["KINDS", "force_status", "install", "reset"]
