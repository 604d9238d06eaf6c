"""Clients of AWS that are certain to speak to the account they were asked for.

The provider's hook makes the clients, so that everything an Airflow connection can say (assume role,
endpoint, proxy, retries) holds. Two of its habits are not ours: it takes ambient credentials when the
connection does not exist, and it never looks which account it reached.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook
from airflow.sdk.bases.hook import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException
from botocore.config import Config

from switchyard.aws.dry_run import PlannedCall, record_changes
from switchyard.errors import BadInput, NotAllowed

ATTEMPTS = 8
"""Tries per call in botocore's standard mode; its own default of 3 is spent within two seconds."""

_DEFAULTS = Config(
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS}, connect_timeout=10, read_timeout=60
)


def aws_client(
    service: str,
    *,
    aws_conn_id: str,
    region_name: str,
    account_id: str,
    planned: list[PlannedCall] | None = None,
) -> Any:
    """A client of an AWS service in one account and Region, cached per process.

    Args:
        service: name as boto3 knows it, e.g. "rds".
        aws_conn_id: the Airflow connection.
        region_name: the Region; it wins over the connection's own.
        account_id: 12 digits; the account that the connection must lead to.
        planned: dry run: changing calls are appended here and not sent.

    Raises:
        BadInput: there is no such connection.
        NotAllowed: the connection leads to another account.
    """
    fingerprint = require_account(aws_conn_id, account_id, region_name)
    if planned is None:
        return _client(service, aws_conn_id, region_name, fingerprint)
    client = _new_client(service, aws_conn_id, region_name)
    record_changes(client, planned)
    return client


def async_client(service: str, *, aws_conn_id: str, region_name: str, account_id: str) -> Any:
    """A context manager for an aiobotocore client, after the same checks; it blocks: call it in a thread.

    Raises:
        BadInput: there is no such connection.
        NotAllowed: the connection leads to another account.
    """
    require_account(aws_conn_id, account_id, region_name)
    return _new_client(service, aws_conn_id, region_name, deferrable=True)


def require_account(aws_conn_id: str, account_id: str, region_name: str) -> str:
    """Check that a connection exists and leads to an account; return a fingerprint of the connection.

    The answer is kept for this process until the connection's content changes.

    Raises:
        BadInput: there is no such connection.
        NotAllowed: the connection leads to another account.
    """
    fingerprint = _fingerprint(aws_conn_id)
    found = _account_of(aws_conn_id, region_name, fingerprint)
    if found != account_id:
        raise NotAllowed(
            f"using connection {aws_conn_id} for account {account_id}",
            f"it leads to account {found}",
            "Correct the role or the keys of the connection, or the account in the pipeline's configuration",
        )
    return fingerprint


def _fingerprint(aws_conn_id: str) -> str:
    try:
        uri: str = BaseHook.get_connection(aws_conn_id).get_uri()
    except AirflowNotFoundException as error:
        raise BadInput(
            "aws_conn_id",
            aws_conn_id,
            "there is no such Airflow connection",
            f"Create it under Admin, Connections, or as the variable AIRFLOW_CONN_{aws_conn_id.upper()}",
        ) from error
    return hashlib.sha256(uri.encode()).hexdigest()


@cache
def _account_of(aws_conn_id: str, region_name: str, fingerprint: str) -> str:  # noqa: ARG001 - part of the key
    account: str = _new_client("sts", aws_conn_id, region_name).get_caller_identity()["Account"]
    return account


@cache
def _client(service: str, aws_conn_id: str, region_name: str, fingerprint: str) -> Any:  # noqa: ARG001
    return _new_client(service, aws_conn_id, region_name)


def _new_client(service: str, aws_conn_id: str, region_name: str, *, deferrable: bool = False) -> Any:
    hook: AwsGenericHook[Any] = AwsGenericHook(
        aws_conn_id=aws_conn_id, client_type=service, region_name=region_name
    )
    return hook.get_client_type(
        region_name=region_name, config=_DEFAULTS.merge(hook.config), deferrable=deferrable
    )
