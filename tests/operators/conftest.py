from demo.testing import ledger_dsn, ledger_template, postgres
from tests.support.aws_connections import aws_connections
from tests.support.ledger import recorded
from tests.support.short_waits import short_waits

__all__ = ["aws_connections", "ledger_dsn", "ledger_template", "postgres", "recorded", "short_waits"]
