import http.server
import json
import threading
from contextlib import closing

import pytest

from sandbox.search import ExternalNode, SearchError
from sandbox.search.external import FOLDER_VARIABLE, URL_VARIABLE
from tests.support.search import FROZEN, Api, of_package, send


@pytest.fixture
def front(node, authority):
    """Stand in front of another node, which plays the real OpenSearch."""
    with ExternalNode(
        node.url, node.folder, authority=authority, auth="none", ca_bundle=authority.ca_bundle
    ) as started:
        yield started


@pytest.fixture
def through(front, authority):
    return Api(front.host_port, authority.ca_bundle)


@pytest.fixture
def basic(authority, tmp_path):
    """Stand in front of a server over plain HTTP that tells what it was sent."""
    with closing(_Telling(("127.0.0.1", 0), _Tell)) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        url = f"http://ad%40min:s%3Aecret@127.0.0.1:{server.server_address[1]}"
        with ExternalNode(url, tmp_path, authority=authority) as started:
            yield started


class _Telling(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def close(self):
        self.shutdown()
        self.server_close()


class _Tell(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        content = json.dumps(dict(self.headers)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


def test_requests_reach_the_real_one(through, api):
    """It should pass on methods, queries, bodies and statuses, and give back errors as they are."""
    index = through.index(of_package("F1", synonyms=["gelato, croissant"]), FROZEN)
    assert api.titles(index, "gelato") == through.titles(index, "gelato") == {"gelato", "croissant"}
    assert through("HEAD", f"/{index}") == (200, "")
    assert through("GET", "/gone/_search").status == 404
    assert through("GET", f"/_cat/indices/{index}").body.startswith(f"green open {index} ")
    assert through("DELETE", f"/{index}").status == 200
    assert api("HEAD", f"/{index}").status == 404


def test_dictionaries_are_written_and_taken_up(front, through, node):
    """It should write into the shared folder and have the real one refresh, unless that is switched off."""
    front.put_package("F700000001", b"danish, croissant\n")
    assert (node.folder / "analyzers" / "F700000001").read_bytes() == b"danish, croissant\n"
    index = through.index(of_package("F700000001"), FROZEN)
    front.put_package("F700000001", b"gelato, croissant\n")
    assert through.titles(index, "gelato") == {"gelato", "croissant"}
    front.auto_refresh(False)
    front.put_package("F700000001", b"gelato, ice cream\n")
    assert through.titles(index, "gelato") == {"gelato", "croissant"}
    through("POST", f"/_plugins/_refresh_search_analyzers/{index}")
    assert through.titles(index, "gelato") == {"gelato", "ice cream"}
    front.remove_package("F700000001")
    assert not (node.folder / "analyzers" / "F700000001").exists()


def test_files_can_be_read_by_another_user(front, node):
    """It should let the user of a container read them."""
    front.put_package("F700000002", b"a, b\n")
    assert (node.folder / "analyzers" / "F700000002").stat().st_mode & 0o777 == 0o644


def test_rules_are_judged_by_the_real_one(front):
    """It should have each line tried, with the reason that OpenSearch gives."""
    chain = {"tokenizer": "standard", "filters": ["lowercase", {"stop": ["the"]}]}
    lines = ["a, b", "the, article", "a => b => c"]
    assert front.parse(lines, chain) == [None, "Failed to build synonyms", "Failed to build synonyms"]


def test_signatures_are_asked_for_at_the_front(node, authority):
    """It should refuse unsigned requests, though the real one behind asks for nothing."""
    with ExternalNode(node.url, node.folder, authority=authority, ca_bundle=authority.ca_bundle) as front:
        refused = Api(front.host_port, authority.ca_bundle)("GET", "/")
    assert refused.status == 403
    assert "anonymous is not authorized" in refused.body["Message"]


def test_logins_in_the_address_are_sent_and_signatures_are_not(basic, authority):
    """It should speak to the real one in its own name."""
    signature = (
        "AWS4-HMAC-SHA256 Credential=AK/20260101/us-west-2/es/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    )
    headers = {"Authorization": signature, "X-Amz-Date": "20260101T000000Z"}
    told = Api(basic.host_port, authority.ca_bundle)("GET", "/", headers=headers).body
    assert told["Authorization"] == "Basic YWRAbWluOnM6ZWNyZXQ="
    assert "X-Amz-Date" not in told


def test_a_silent_one_is_named(node, authority, tmp_path):
    """It should answer 503 and say where nobody answers, and tell whoever puts a dictionary."""
    with ExternalNode("http://127.0.0.1:9", tmp_path, authority=authority, auth="none") as front:
        refused = Api(front.host_port, authority.ca_bundle)("GET", "/")
        assert refused.status == 503
        assert "no answer from OpenSearch at 127.0.0.1:9" in refused.body["message"]
        with pytest.raises(SearchError, match=r"no answer from OpenSearch at 127\.0\.0\.1:9"):
            front.put_package("F1", b"a, b\n")


def test_an_untrusted_one_is_not_spoken_to(node, authority, tmp_path):
    """It should verify the real one's certificate."""
    with ExternalNode(node.url, tmp_path, authority=authority, auth="none") as front:
        refused = Api(front.host_port, authority.ca_bundle)("GET", "/")
    assert "certificate verify failed" in refused.body["message"]


def test_connections_are_kept_and_shared_by_nobody(through):
    """It should serve many requests on one connection, and many connections."""

    def ask(wrong):
        with closing(through.connect()) as connection:
            for _ in range(20):
                if send(connection, "GET", "/_cluster/health").status != 200:
                    wrong.append(1)

    wrong = []
    threads = [threading.Thread(target=ask, args=(wrong,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_environment_names_it(node, authority, monkeypatch, tmp_path):
    """It should be found by address and shared folder, and need both."""
    monkeypatch.setenv(URL_VARIABLE, node.url)
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    with pytest.raises(SearchError, match=FOLDER_VARIABLE):
        ExternalNode.start(tmp_path, authority=authority)
    monkeypatch.setenv(FOLDER_VARIABLE, str(node.folder))
    with ExternalNode.start(tmp_path, authority=authority, auth="none") as front:
        assert front.folder == node.folder
        assert front.url.startswith("https://127.0.0.1:")
