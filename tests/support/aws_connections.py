"""Airflow's AWS connections to the sandbox of the test, in the environment."""

from __future__ import annotations

import json

import pytest

from sandbox import settings
from sandbox.testing import LocalSandbox
from tests.support.warm_botocore import warm_botocore

SOURCE = {"aws_conn_id": "aws_source", "account_id": "111111111111", "region_name": "us-west-2"}
TARGET = {"aws_conn_id": "aws_target", "account_id": "222222222222", "region_name": "us-west-1"}


def connection(endpoint_url: str, account: str, **extra: object) -> str:
    """A connection that assumes the pipelines' role of an account in a sandbox."""
    return json.dumps(
        {
            "conn_type": "aws",
            "login": settings.ACCESS_KEY,
            "password": settings.SECRET_KEY,
            "extra": {
                "endpoint_url": endpoint_url,
                "role_arn": settings.ROLES[account],
                "service_config": {"sts": {"endpoint_url": endpoint_url}},
                **extra,
            },
        }
    )


@pytest.fixture
def aws_connections(sandbox: LocalSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Define the connections aws_source and aws_target."""
    warm_botocore()
    for name, account in settings.ACCOUNTS.items():
        value = connection(sandbox.endpoint_url, account)
        monkeypatch.setenv(f"AIRFLOW_CONN_AWS_{name.upper()}", value)
