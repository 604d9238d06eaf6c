from __future__ import annotations

import json

import pytest

from switchyard.errors import BadInput, CheckFailed, NotAllowed
from switchyard.search.connections import domain_endpoint, search_client
from tests.support.aws_connections import SOURCE, aws_connections, connection

__all__ = ["aws_connections"]


class Service:
    """DescribeDomain of one domain."""

    def __init__(self, **status):
        self._status = status

    def describe_domain(self, DomainName):  # noqa: N803 - as AWS spells it
        return {"DomainStatus": {"DomainName": DomainName, **self._status}}


@pytest.fixture
def connect(sandbox, domain, authority, monkeypatch):
    """Makes a client of the domain with the connection's settings as given."""

    def make(aws_extra=None, **search):
        settings = {"verify": str(authority.ca_bundle), **(aws_extra or {})}
        value = connection(sandbox.endpoint_url, SOURCE["account_id"], **settings)
        monkeypatch.setenv("AIRFLOW_CONN_AWS_SOURCE", value)
        if search:
            monkeypatch.setenv("AIRFLOW_CONN_SEARCH", json.dumps({"conn_type": "http", **search}))
        service = Service(Endpoint=domain.url.removeprefix("https://"))
        return search_client(
            service, domain_name="products", search_conn_id="search" if search else None, **SOURCE
        )

    return make


def authorization(domain):
    return domain.requests[-1][2].get("Authorization", "")


def test_requests_are_signed_by_the_aws_connection(domain, connect):
    """It should ask the domain's own endpoint in the name of the assumed role."""
    connect().read("/")
    assert "/us-west-2/es/aws4_request" in authorization(domain)
    assert domain.requests[-1][2]["X-Amz-Security-Token"]


@pytest.mark.parametrize(
    ("search", "begins"),
    [
        ({"login": "admin", "password": "secret"}, "Basic "),
        ({"extra": {"auth": "none"}, "login": "admin"}, ""),
        ({"extra": {"auth": "sigv4"}}, "AWS4-HMAC-SHA256 "),
        ({"description": "nothing but a name"}, ""),
    ],
)
def test_another_connection_says_who_asks(domain, connect, search, begins):
    """It should go by the connection's auth, else by whether it has a login."""
    connect(**search).read("/")
    assert authorization(domain).startswith(begins)
    assert bool(authorization(domain)) == bool(begins)


@pytest.mark.parametrize("host", ["https://127.0.0.1", "127.0.0.1"])
def test_another_connection_names_another_address(domain, connect, host):
    """It should go to the connection's host and port instead of the domain's endpoint."""
    port = int(domain.url.rpartition(":")[2])
    client = connect(host=host, port=port, schema="https")
    assert client.base_url == domain.url
    client.read("/")


@pytest.mark.parametrize(
    ("search", "message"),
    [
        (
            {"extra": {"auth": "kerberos"}},
            r"auth is 'kerberos': there is no such way\. Use sigv4, basic or none",
        ),
        (
            {"host": "http://127.0.0.1", "port": 9200, "login": "admin"},
            "a password is not sent without TLS",
        ),
        ({"extra": {"verify": False}}, "go to nobody unverified"),
    ],
)
def test_unsafe_connections_are_refused(connect, search, message):
    """It should name what is wrong with the connection before anything is sent."""
    with pytest.raises(BadInput, match=message):
        connect(**search)


def test_an_unverified_aws_connection_is_refused(connect, monkeypatch):
    """It should not take `verify: false` over to the domain."""
    with pytest.raises(BadInput, match="go to nobody unverified"):
        connect({"verify": False})


def test_unknown_connections_and_other_accounts_are_refused(sandbox, aws_connections):
    """It should say so before it signs anything."""
    with pytest.raises(BadInput, match="search_conn_id is 'nowhere'"):
        search_client(Service(), domain_name="products", search_conn_id="nowhere", **SOURCE)
    with pytest.raises(NotAllowed, match="it leads to account 111111111111"):
        search_client(Service(), domain_name="products", **SOURCE | {"account_id": "222222222222"})


def test_endpoints_are_found_in_and_out_of_a_vpc():
    """It should take whichever endpoint a domain has, and say when it has none yet."""
    assert domain_endpoint(Service(Endpoint="search.example"), "products") == "search.example"
    assert domain_endpoint(Service(Endpoints={"vpc": "vpc.example"}), "products") == "vpc.example"
    with pytest.raises(CheckFailed, match="domain products: it has no endpoint"):
        domain_endpoint(Service(), "products")
