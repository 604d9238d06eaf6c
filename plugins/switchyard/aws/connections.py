"""Clients of AWS that are certain to speak to the account they were asked for.

The provider's hook opens the sessions, so that everything an Airflow connection can say (assume role,
endpoint, proxy, retries) holds. Two of its habits are not ours: it takes ambient credentials when the
connection does not exist, and it never looks which account it reached.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook
from airflow.sdk.bases.hook import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException
from asgiref.sync import sync_to_async
from botocore.config import Config
from botocore.credentials import Credentials

from switchyard.aws.dry_run import PlannedCall, record_changes
from switchyard.errors import BadInput, NotAllowed

ATTEMPTS = 8
"""Tries per call in botocore's standard mode; its own default of 3 is spent within two seconds."""

_DEFAULTS = Config(
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS}, connect_timeout=10, read_timeout=60
)

_ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1})

MakeClient = Callable[..., Any]
"""Makes a client of a service, given its name, and ``once=True`` for one that does not try again."""


@dataclass(frozen=True)
class Access:
    """What signs and verifies requests that go past the clients of AWS, to the endpoint of a domain.

    Attributes:
        credentials: they renew themselves; freeze them for each request.
        verify: path of the certificates to trust; None and True mean those that come with botocore.
    """

    credentials: Credentials
    verify: bool | str | None


def aws_client(
    service: str,
    *,
    aws_conn_id: str,
    region_name: str,
    account_id: str,
    planned: list[PlannedCall] | None = None,
    once: bool = False,
) -> Any:
    """A client of an AWS service in one account and Region, cached per process.

    Args:
        service: name as boto3 knows it, e.g. "rds".
        aws_conn_id: the Airflow connection.
        region_name: the Region; it wins over the connection's own.
        account_id: 12 digits; the account that the connection must lead to.
        planned: dry run: changing calls are appended here and not sent.
        once: send no call twice: for operations that neither a name nor a token protects from a repetition
            after a lost answer.

    Raises:
        BadInput: there is no such connection.
        NotAllowed: the connection leads to another account.
    """
    connection = (aws_conn_id, region_name, _fingerprint(aws_conn_id))
    _require_account(aws_conn_id, account_id, found=_account(*connection))
    if planned is None:
        return _client(service, once, *connection)
    client = _clients(*connection)(service)
    record_changes(client, planned)
    return client


def aws_access(*, aws_conn_id: str, region_name: str, account_id: str) -> Access:
    """What a connection signs requests with, after the same checks as for a client.

    Raises:
        BadInput: there is no such connection.
        NotAllowed: the connection leads to another account.
    """
    connection = (aws_conn_id, region_name, _fingerprint(aws_conn_id))
    _require_account(aws_conn_id, account_id, found=_account(*connection))
    return _access(*connection)


@asynccontextmanager
async def async_client(
    service: str, *, aws_conn_id: str, region_name: str, account_id: str
) -> AsyncIterator[Any]:
    """An aiobotocore client after the same checks, closed at the end of the block.

    Raises:
        BadInput: there is no such connection.
        NotAllowed: the connection leads to another account.
    """
    # Reading the connection and assuming its role block, so they happen in a thread; asgiref's, as
    # Airflow's way from there to its database leads through this event loop.
    make = await sync_to_async(_async_clients)(aws_conn_id, region_name)
    async with make("sts") as sts:
        _require_account(aws_conn_id, account_id, found=(await sts.get_caller_identity())["Account"])
    async with make(service) as client:
        yield client


def _require_account(aws_conn_id: str, account_id: str, *, found: str) -> None:
    if found != account_id:
        raise NotAllowed(
            f"using connection {aws_conn_id} for account {account_id}",
            f"it leads to account {found}",
            "Correct the role or the keys of the connection, or the account in the pipeline's configuration",
        )


def _fingerprint(aws_conn_id: str) -> str:
    """A hash of the connection's content, so that nothing is kept of a connection that changed."""
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
def _account(aws_conn_id: str, region_name: str, fingerprint: str) -> str:
    account: str = _clients(aws_conn_id, region_name, fingerprint)("sts").get_caller_identity()["Account"]
    return account


@cache
def _client(service: str, once: bool, aws_conn_id: str, region_name: str, fingerprint: str) -> Any:
    return _clients(aws_conn_id, region_name, fingerprint)(service, once=once)


@cache
def _access(aws_conn_id: str, region_name: str, fingerprint: str) -> Access:  # noqa: ARG001 - key only
    hook = _hook(aws_conn_id, region_name)
    credentials: Any = hook.get_session(region_name=region_name).get_credentials()
    return Access(credentials, hook.verify)


@cache
def _clients(aws_conn_id: str, region_name: str, fingerprint: str) -> MakeClient:  # noqa: ARG001 - key only
    hook = _hook(aws_conn_id, region_name)
    return _maker(hook, hook.get_session(region_name=region_name).client)


def _async_clients(aws_conn_id: str, region_name: str) -> MakeClient:
    _fingerprint(aws_conn_id)
    hook = _hook(aws_conn_id, region_name)
    session: Any = hook.get_session(region_name=region_name, deferrable=True)
    return _maker(hook, session.create_client)


def _hook(aws_conn_id: str, region_name: str) -> AwsGenericHook[Any]:
    return AwsGenericHook(aws_conn_id=aws_conn_id, region_name=region_name)


def _maker(hook: AwsGenericHook[Any], create: Callable[..., Any]) -> MakeClient:
    def make(service: str, *, once: bool = False) -> Any:
        config = _DEFAULTS.merge(hook.config)
        return create(
            service,
            endpoint_url=hook.conn_config.get_service_endpoint_url(service),
            config=config.merge(_ONCE) if once else config,
            verify=hook.verify,
        )

    return make
