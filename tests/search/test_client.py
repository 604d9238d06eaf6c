from __future__ import annotations

import base64
import json

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from switchyard.aws.error_table import Disposition, disposition, error_code, remedy
from switchyard.errors import StepFailed
from switchyard.search import client as module
from switchyard.search.authentication import basic, nobody, signed
from switchyard.search.client import SearchClient

KEYS = Credentials("AKIDEXAMPLE", "secret", "token")


@pytest.fixture
def ask(domain, authority):
    """Makes clients of the domain."""
    made = []

    def make(authenticate=nobody, **settings):
        settings = {"verify": str(authority.ca_bundle), "region_name": "us-west-2", **settings}
        made.append(SearchClient(domain.url, authenticate=authenticate, **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_reads_are_get_requests_with_a_body(domain, ask):
    """It should search without needing the permission to post."""
    domain.answers = [(200, {"hits": 3})]
    assert ask().read("/products/_search", {"query": {"match": {"title": "café"}}}) == {"hits": 3}
    ((method, path, headers, body),) = domain.requests
    assert (method, path, headers["Content-Type"]) == ("GET", "/products/_search", "application/json")
    assert json.loads(body) == {"query": {"match": {"title": "café"}}}


def test_requests_are_signed_for_the_service_of_domains(domain, ask):
    """It should send the signature that botocore computes for what arrived."""
    ask(signed(KEYS, "us-west-2")).read("/_tasks/node:12?detailed=true", {"a": 1})
    ((method, path, headers, body),) = domain.requests
    again = AWSRequest(method=method, url=domain.url + path, data=body)
    again.headers["Accept"], again.headers["Content-Type"] = headers["Accept"], headers["Content-Type"]
    again.context["timestamp"] = headers["X-Amz-Date"]
    signer = SigV4Auth(KEYS, "es", "us-west-2")
    again.headers["X-Amz-Date"], again.headers["X-Amz-Security-Token"] = headers["X-Amz-Date"], "token"
    expected = signer.signature(signer.string_to_sign(again, signer.canonical_request(again)), again)
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/us-west-2/es/aws4_request" in headers["Authorization"]
    assert headers["Authorization"].endswith(f"Signature={expected}")


def test_passwords_are_sent_where_asked(domain, ask):
    """It should say name and password as HTTP does."""
    ask(basic("admin", "p:w")).read("/")
    assert domain.requests[0][2]["Authorization"] == "Basic " + base64.b64encode(b"admin:p:w").decode()


def test_existence_is_asked_without_a_body(domain, ask):
    """It should tell there from not there, and neither from refused."""
    domain.answers = [(200, b""), (404, b""), (403, b"")]
    client = ask()
    assert [client.exists("/products"), client.exists("/other")] == [True, False]
    with pytest.raises(ClientError, match="AccessDeniedException"):
        client.exists("/secret")
    assert {method for method, *_ in domain.requests} == {"HEAD"}


@pytest.mark.parametrize(
    ("status", "body", "code", "kind", "text"),
    [
        (
            404,
            {"error": {"type": "index_not_found_exception", "reason": "no such index [x]"}, "status": 404},
            "index_not_found_exception",
            Disposition.ABSENT,
            "no such index [x]",
        ),
        (
            400,
            {
                "error": {
                    "type": "illegal_argument_exception",
                    "reason": "failed to build synonyms",
                    "caused_by": {"type": "parse_exception", "reason": "Invalid synonym rule at line 2"},
                },
                "status": 400,
            },
            "illegal_argument_exception",
            Disposition.FATAL,
            "failed to build synonyms: Invalid synonym rule at line 2",
        ),
        (
            403,
            {"Message": "User: anonymous is not authorized to perform: es:ESHttpGet"},
            "AccessDeniedException",
            Disposition.FATAL,
            "User: anonymous is not authorized",
        ),
        (
            403,
            {"error": {"type": "security_exception", "reason": "no permissions for [indices:x]"}},
            "security_exception",
            Disposition.FATAL,
            "no permissions",
        ),
        (
            404,
            {"error": "alias [live] missing", "status": 404},
            "NotFound",
            Disposition.ABSENT,
            "alias [live]",
        ),
        (
            429,
            {"error": {"type": "search_phase_execution_exception", "reason": "all shards failed"}},
            "too_many_requests",
            Disposition.RETRY_SHORT,
            "all shards failed",
        ),
        (503, b"<html>unavailable</html>", "HTTP503", Disposition.RETRY_SHORT, "<html>unavailable</html>"),
        (302, b"", "HTTP302", Disposition.FATAL, ""),
    ],
)
def test_refusals_are_sorted_like_those_of_aws(domain, ask, status, body, code, kind, text):
    """It should raise what the error table, retries and people understand."""
    domain.answers = [(status, body)]
    with pytest.raises(ClientError, match="GET /products") as caught:
        ask().read("/products?pretty=true")
    assert (error_code(caught.value), disposition(caught.value)) == (code, kind)
    assert text in str(caught.value)
    assert remedy(caught.value)


def test_a_refused_role_is_told_where_to_be_mapped():
    """It should say that identity policies are not all where a domain has its own."""
    error = ClientError({"Error": {"Code": "security_exception", "Message": "no"}}, "GET /x")
    assert "backend role" in remedy(error)


def test_answers_that_are_no_json_may_pass(domain, ask):
    """It should try again when something else than the engine answered."""
    domain.answers = [(200, b"<html>")]
    with pytest.raises(Exception, match="no JSON") as caught:
        ask().read("/")
    assert disposition(caught.value) is Disposition.RETRY_SHORT


def test_lost_answers_may_pass(domain, ask):
    """It should send nothing twice by itself, and leave the decision to the error table."""
    domain.answers = [None]
    with pytest.raises(Exception, match="closed") as caught:
        ask().write("POST", "/_reindex", {})
    assert disposition(caught.value) is Disposition.RETRY_SHORT
    assert len(domain.requests) == 1


def test_waiting_is_bounded(authority, monkeypatch):
    """It should give up on a domain that accepts and says nothing."""
    import socket

    monkeypatch.setattr(module, "TIMEOUT", (0.2, 0.2))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = SearchClient(f"http://127.0.0.1:{silent.getsockname()[1]}", authenticate=nobody)
        with pytest.raises(ReadTimeoutError, match="Read timeout"):
            client.read("/")
    with pytest.raises(EndpointConnectionError, match="Could not connect"):
        client.read("/")


def test_certificates_are_verified(domain, misnamed, authority):
    """It should speak neither to an unknown authority's server nor to one of another name."""
    for url, trusted in ((domain.url, None), (misnamed.url, str(authority.ca_bundle))):
        client = SearchClient(url, authenticate=basic("admin", "secret"), verify=trusted)
        with pytest.raises(StepFailed, match=r"its certificate is not trusted.*Name the right certificates"):
            client.read("/")
    assert domain.requests == misnamed.requests == []


def test_a_dry_run_writes_changes_down(domain, ask):
    """It should read as ever, and send nothing that may change something."""
    planned = []
    client = ask(planned=planned)
    client.read("/products")
    assert client.write("PUT", "/products-v2", {"settings": {}}) == {}
    assert client.write("POST", "/products-v2/_refresh") == {}
    assert [method for method, *_ in domain.requests] == ["GET"]
    assert [str(call) for call in planned] == [
        'opensearch-http:PUT /products-v2 in us-west-2 with {"settings": {}}',
        "opensearch-http:POST /products-v2/_refresh in us-west-2 with {}",
    ]
