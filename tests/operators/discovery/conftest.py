"""A DMS with a real database behind it, and the pipelines' connections."""

from __future__ import annotations

from tests.sandbox.dms.conftest import migration, mysql, mysql_server
from tests.support.aws_connections import aws_connections

__all__ = ["aws_connections", "migration", "mysql", "mysql_server"]
