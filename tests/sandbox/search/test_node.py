import http.client
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.search import SearchError, SearchNode
from tests.support.search import FROZEN, GRAPH, Api, gone, of_package, search_time

ROOT = Path(__file__).parents[3]
LOGIN = Credentials("sandbox", "sandbox", "token")
ANONYMOUS = (
    "User: anonymous is not authorized to perform: es:ESHttp{} because no resource-based policy "
    "allows the es:ESHttp{} action"
)

# Starts a node in a thread that ends, says its pid, and waits to be killed.
STARTER = """
import sys, threading
from pathlib import Path
from sandbox.endpoints import CertificateAuthority
from sandbox.search import SearchNode
folder = Path(sys.argv[1])
started = []
thread = threading.Thread(
    target=lambda: started.append(SearchNode.start(folder / "d", authority=CertificateAuthority(folder)))
)
thread.start()
thread.join()
print(started[0].pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def signed_node(tmp_path_factory, authority):
    with SearchNode.start(tmp_path_factory.mktemp("signed"), authority=authority) as started:
        yield started


def signed(url, method="GET", service="es"):
    request = AWSRequest(method, url, headers={"Host": url.split("/")[2]})
    SigV4Auth(LOGIN, service, "us-west-2").add_auth(request)
    return dict(request.headers)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_unsigned_requests_are_anonymous(signed_node, authority, method):
    """It should refuse them before it looks at them, by the name of the action."""
    refused = Api(signed_node.host_port, authority.ca_bundle)(method, "/gone/_search")
    action = method.capitalize()
    assert refused == (403, {"Message": ANONYMOUS.format(action, action)})


def test_signed_requests_are_heard(signed_node, authority):
    """It should take what botocore signs for the service es."""
    api = Api(signed_node.host_port, authority.ca_bundle)
    headers = signed(f"{signed_node.url}/_cluster/health")
    assert api("GET", "/_cluster/health", headers=headers).status == 200


def test_basic_logins_are_not_signatures(signed_node, authority):
    """It should refuse another kind of authorization."""
    api = Api(signed_node.host_port, authority.ca_bundle)
    refused = api("GET", "/", headers={"Authorization": "Basic YTpi"})
    assert refused.status == 403
    assert "requires 'Credential'" in refused.body["message"]


def test_signatures_are_for_one_service(signed_node, authority):
    """It should refuse a signature that is for another service, or lacks its date or host."""
    api = Api(signed_node.host_port, authority.ca_bundle)
    refused = api("GET", "/", headers=signed(signed_node.url, service="aoss"))
    assert refused.status == 403
    assert refused.body["message"] == "Credential should be scoped to correct service: 'es'."
    headers = signed(signed_node.url)
    dateless = {name: value for name, value in headers.items() if name != "X-Amz-Date"}
    assert "X-Amz-Date" in api("GET", "/", headers=dateless).body["message"]
    headers["Authorization"] = headers["Authorization"].replace("SignedHeaders=host;", "SignedHeaders=")
    assert "'Host' must be" in api("GET", "/", headers=headers).body["message"]


def test_the_certificate_can_be_verified(node, authority):
    """It should present a certificate of the sandbox's authority, for its address and for no other."""
    host, port = node.host_port.split(":")
    assert node.url == f"https://{node.host_port}"
    context = ssl.create_default_context(cafile=str(authority.ca_bundle))
    for name in (host, "localhost"):
        with (
            socket.create_connection((host, int(port))) as plain,
            context.wrap_socket(plain, server_hostname=name),
        ):
            pass
    with (
        socket.create_connection((host, int(port))) as plain,
        pytest.raises(ssl.SSLCertVerificationError, match="mismatch"),
    ):
        context.wrap_socket(plain, server_hostname="products.example")
    with (
        socket.create_connection((host, int(port))) as plain,
        pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"),
    ):
        ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def test_one_slow_client_holds_up_nobody(node, api):
    """It should greet each client in its own time."""
    host, port = node.host_port.split(":")
    silent = [socket.create_connection((host, int(port))) for _ in range(20)]
    assert api("GET", "/").status == 200
    for each in silent:
        each.close()


def test_plain_http_is_no_way_in(node):
    """It should not answer without TLS."""
    with closing(http.client.HTTPConnection(node.host_port, timeout=60)) as connection:
        connection.request("GET", "/")
        with pytest.raises((OSError, http.client.HTTPException), match=r"."):
            connection.getresponse()


def test_large_requests_are_refused(api):
    """It should take no more than 10 MiB, as small instances do."""
    with closing(api.connect()) as connection:
        connection.putrequest("POST", "/_bulk")
        connection.putheader("Content-Length", str(10 * 1024 * 1024 + 1))
        connection.endheaders()
        answer = connection.getresponse()
        assert answer.status == 413
        assert answer.read() == b'{"Message":"Request size exceeded 10485760 bytes"}'


def test_requests_say_their_length(api):
    """It should refuse a body of unknown length."""
    with closing(api.connect()) as connection:
        connection.putrequest("POST", "/_bulk")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        assert connection.getresponse().status == 411


def test_replicas_find_nodes_where_there_are_some(tmp_path, authority):
    """It should be green with one replica on two nodes."""
    with SearchNode.start(tmp_path, authority=authority, auth="none", data_nodes=2) as node:
        api = Api(node.host_port, authority.ca_bundle)
        index = api.index()
        health = api("GET", f"/_cluster/health/{index}").body
        assert (health["status"], health["number_of_data_nodes"]) == ("green", 2)
        assert api("POST", f"/{index}/_refresh").body["_shards"]["successful"] == 10


def test_the_node_judges_rules_too(node):
    """It should parse lines like the oracle."""
    assert node.parse(["a, b", "a => b => c"]) == [
        None,
        "more than one explicit mapping specified on the same line",
    ]


def test_dictionaries_outlive_the_node(tmp_path, authority, oracle):
    """It should find the files of an earlier node of the folder, but no index."""
    with SearchNode.start(tmp_path, authority=authority, auth="none") as node:
        node.put_package("F1", b"gelato, croissant\n")
        pid = node.pid
    assert gone(pid)
    with SearchNode.start(tmp_path, authority=authority, auth="none") as node:
        api = Api(node.host_port, authority.ca_bundle)
        assert api("GET", "/_cat/indices?format=json").body == []
        assert api.titles(api.index(of_package("F1"), FROZEN), "gelato") == {"gelato", "croissant"}


def test_the_node_dies_with_its_process(tmp_path):
    """It should not outlive the process that started it, though it must outlive the thread."""
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    pid = int(starter.stdout.readline())
    assert Path(f"/proc/{pid}").exists()
    starter.kill()
    starter.communicate()
    assert gone(pid)


def test_a_dead_node_says_so(tmp_path, authority):
    """It should raise with the end of its log instead of waiting."""
    with SearchNode.start(tmp_path, authority=authority) as node:
        os.kill(node.pid, signal.SIGKILL)
        with pytest.raises(SearchError, match="the search process ended"):
            node.put_package("F1", b"a, b\n")


def test_a_node_without_memory_ends(tmp_path, authority):
    """It should end rather than spin where rules need more memory than it has."""
    rules = "".join(f"word{number} a, word{number} b\n" for number in range(200_000)).encode()
    with SearchNode.start(tmp_path, authority=authority, auth="none", heap_mb=32) as node:
        node.put_package("F1", rules)
        api = Api(node.host_port, authority.ca_bundle)
        with pytest.raises((OSError, http.client.HTTPException), match=r"."):
            api("PUT", "/wide", of_package("F1"))
        assert gone(node.pid)


def test_an_unfit_start_is_explained(tmp_path, authority):
    """It should carry the reason out of the process."""
    with pytest.raises(SearchError, match="the search process ended"):
        SearchNode.start(tmp_path, authority=authority, heap_mb=1)


def test_closing_waits_for_nobody(tmp_path, authority):
    """It should end open connections with the node."""
    node = SearchNode.start(tmp_path, authority=authority, auth="none")
    api = Api(node.host_port, authority.ca_bundle)
    with closing(api.connect()) as connection:
        connection.request("GET", "/")
        connection.getresponse().read()
        started = time.monotonic()
        node.close()
        assert time.monotonic() - started < 5
    assert gone(node.pid)
    node.close()


def test_indexes_are_made_and_deleted_by_many_at_once(api):
    """It should keep its indexes apart under many hands."""
    failed = []

    def work():
        for _ in range(5):
            index = api.index(search_time({**GRAPH, "synonyms": ["gelato, croissant"]}), FROZEN)
            if api.titles(index, "gelato") != {"gelato", "croissant"}:
                failed.append(index)
            api("DELETE", f"/{index}")

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
