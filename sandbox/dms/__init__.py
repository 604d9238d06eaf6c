"""DMS: full loads that read the real databases and write Parquet into S3, by extending moto from outside.

Failures of a load are made to order by faults on the operation "dms:Load/TASK/SCHEMA.TABLE" (wildcards work),
which every batch of rows asks for: see `sandbox.dms.mishaps`.
"""

from sandbox.dms.control import KINDS, force_status
from sandbox.dms.install import install, reset

__all__ = ["KINDS", "force_status", "install", "reset"]
