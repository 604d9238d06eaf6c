from tests.support.aws_connections import aws_connections

__all__ = ["aws_connections"]
