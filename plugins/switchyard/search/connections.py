"""From what is configured about a search domain to a client of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk.bases.hook import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from switchyard.aws.connections import Access, aws_access
from switchyard.aws.dry_run import PlannedCall
from switchyard.errors import BadInput, CheckFailed
from switchyard.search.authentication import Authenticate, basic, nobody, signed
from switchyard.search.client import SearchClient


def domain_endpoint(opensearch: Any, domain_name: str) -> str:
    """Host, and port where it is not 443, that a domain answers at; the one in its VPC where it is in one.

    Args:
        opensearch: a client of OpenSearch Service.
        domain_name: the domain.

    Raises:
        CheckFailed: the domain has no endpoint yet.
    """
    status: Mapping[str, Any] = opensearch.describe_domain(DomainName=domain_name)["DomainStatus"]
    endpoint = status.get("Endpoint") or status.get("Endpoints", {}).get("vpc")
    if not endpoint:
        raise CheckFailed(
            f"domain {domain_name}",
            "it has no endpoint",
            "Wait until the domain is created, then clear the task",
        )
    return str(endpoint)


def search_client(
    opensearch: Any,
    *,
    domain_name: str,
    aws_conn_id: str,
    account_id: str,
    region_name: str,
    search_conn_id: str | None = None,
    planned: list[PlannedCall] | None = None,
) -> SearchClient:
    """A client of a domain's own interface.

    Without ``search_conn_id`` the domain's endpoint is asked, with requests signed by the AWS connection. That
    Airflow connection, where given, names another address (host, port, schema) or another way to say who asks:
    its extra field ``auth`` is "sigv4", "basic" or "none"; without it, a login means basic, no login none.

    Args:
        opensearch: a client of OpenSearch Service in the domain's account and Region.
        domain_name: the domain.
        aws_conn_id: the AWS connection; its ``verify`` says which certificates to trust.
        account_id: 12 digits; the account that the connection must lead to.
        region_name: the domain's Region.
        search_conn_id: an Airflow connection for the domain's interface.
        planned: dry run: requests that may change something are appended here and not sent.

    Raises:
        BadInput: a connection does not exist or cannot be used.
        CheckFailed: the domain has no endpoint yet.
        NotAllowed: the AWS connection leads to another account.
    """
    access = aws_access(aws_conn_id=aws_conn_id, region_name=region_name, account_id=account_id)
    connection = _connection(search_conn_id) if search_conn_id else None
    base_url = _address(connection) if connection and connection.host else ""
    return SearchClient(
        base_url or f"https://{domain_endpoint(opensearch, domain_name)}",
        authenticate=_authenticate(connection, base_url, access, region_name),
        verify=_verify(connection, access),
        region_name=region_name,
        planned=planned,
    )


def _connection(conn_id: str) -> Any:
    try:
        return BaseHook.get_connection(conn_id)
    except AirflowNotFoundException as error:
        raise BadInput(
            "search_conn_id",
            conn_id,
            "there is no such Airflow connection",
            "Create it, or leave search_conn_id out to sign requests with the AWS connection",
        ) from error


def _address(connection: Any) -> str:
    scheme, _, host = connection.host.rpartition("://")
    port = f":{connection.port}" if connection.port else ""
    return f"{scheme or connection.schema or 'https'}://{host.rstrip('/')}{port}"


def _authenticate(connection: Any, base_url: str, access: Access, region_name: str) -> Authenticate:
    if connection is None:
        return signed(access.credentials, region_name)
    way = connection.extra_dejson.get("auth") or ("basic" if connection.login else "none")
    if way == "sigv4":
        return signed(access.credentials, region_name)
    if way == "basic" and not base_url.startswith("http://"):
        return basic(connection.login or "", connection.password or "")
    if way == "none":
        return nobody
    raise BadInput(
        f"connection {connection.conn_id}, auth",
        way,
        "a password is not sent without TLS" if way == "basic" else "there is no such way",
        "Use https for basic" if way == "basic" else "Use sigv4, basic or none",
    )


def _verify(connection: Any, access: Access) -> bool | str | None:
    own = connection.extra_dejson.get("verify") if connection is not None else None
    verify = access.verify if own is None else own
    if verify is False:
        raise BadInput(
            "verify",
            verify,
            "requests to a domain carry signatures or passwords and go to nobody unverified",
            "Name the file of the certificates to trust in the extra field `verify` of the connection",
        )
    return verify
