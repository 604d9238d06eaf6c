"""The Airflow connections of a local deployment: two AWS accounts of the sandbox, and the ledger."""

from __future__ import annotations

from demo.postgres import ADMIN, PostgresServer
from demo.sandbox_process import SandboxProcess
from sandbox import settings

REGIONS = {"source": "us-west-2", "target": "us-west-1"}


def connections(
    sandbox: SandboxProcess, postgres: PostgresServer, ledger_database: str
) -> dict[str, dict[str, object]]:
    """Connections by id: ``aws_source``, ``aws_target``, ``switchyard_ledger``."""
    accounts = {
        f"aws_{name}": _aws(sandbox, settings.ROLES[account], REGIONS[name])
        for name, account in settings.ACCOUNTS.items()
    }
    return {**accounts, "switchyard_ledger": _ledger(postgres, ledger_database)}


def _aws(sandbox: SandboxProcess, role_arn: str, region_name: str) -> dict[str, object]:
    return {
        "conn_type": "aws",
        "login": settings.ACCESS_KEY,
        "password": settings.SECRET_KEY,
        "extra": {
            "region_name": region_name,
            "role_arn": role_arn,
            "endpoint_url": sandbox.endpoint_url,
            # Assuming a role asks STS at an address of its own, not at endpoint_url.
            "service_config": {"sts": {"endpoint_url": sandbox.endpoint_url}},
            # The endpoints of search domains have certificates of the sandbox's own authority.
            "verify": sandbox.ca_bundle,
        },
    }


def _ledger(postgres: PostgresServer, database: str) -> dict[str, object]:
    return {
        "conn_type": "postgres",
        "host": "127.0.0.1",
        "port": postgres.port,
        "schema": database,
        "login": ADMIN,
        "password": postgres.password,
    }
