from tests.support.aws_connections import aws_connections
from tests.support.short_waits import short_waits

__all__ = ["aws_connections", "short_waits"]
