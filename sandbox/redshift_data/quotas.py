"""How much of everything there may be.

Numbers: https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html and
https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-troubleshooting.html; how many requests may wait for one
statement is the sandbox's choice, as AWS does not say it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

HOUR = 3600


@dataclass
class Quotas:
    """AWS's defaults, per account and Region; a test lowers them and calls `restore` afterwards.

    Sizes are bytes, times seconds.
    """

    active_statements: int = 500
    active_sessions: int = 500
    waiting_requests: int = 10
    statement_size: int = 100 * 1024
    row_size: int = 64 * 1024
    result_size: int = 500 * 1024 * 1024
    page_rows: int = 1000
    run_time: int = 24 * HOUR
    retention: int = 24 * HOUR
    token_life: int = 8 * HOUR
    session_life: int = 24 * HOUR

    def restore(self) -> None:
        """Go back to AWS's defaults."""
        for field in fields(self):
            setattr(self, field.name, field.default)


quotas = Quotas()
