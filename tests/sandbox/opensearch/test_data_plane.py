import json
import os
import time
import urllib.error
import urllib.request
from ssl import create_default_context

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from sandbox.errors import SandboxError

FILTER = {"type": "synonym_graph", "updateable": True}
FIELD = {"type": "text", "analyzer": "standard", "search_analyzer": "with_synonyms"}
DEADLINE = 60.0


class Engine:
    """The engine behind a domain, spoken to as clients do: over verified HTTPS, with signed requests."""

    def __init__(self, search, endpoint, ca_bundle):
        self.endpoint = endpoint
        self._credentials = search.sandbox.session(search.account).get_credentials().get_frozen_credentials()
        self._region = search.region
        self._context = create_default_context(cafile=str(ca_bundle))

    def send(self, method, path, body=None):
        url = f"https://{self.endpoint}/{path}"
        data = json.dumps(body).encode() if body is not None else None
        request = AWSRequest(method, url, data=data, headers={"Content-Type": "application/json"})
        SigV4Auth(self._credentials, "es", self._region).add_auth(request)
        return self.plain(method, url, data, dict(request.headers))

    def plain(self, method, url, data=None, headers=None):
        request = urllib.request.Request(url, data, headers or {}, method=method)  # noqa: S310
        with urllib.request.urlopen(request, context=self._context) as answer:  # noqa: S310
            return json.load(answer)

    def index(self, path):
        """Make an index whose searches use the synonyms at a path, with a document in it."""
        analyzer = {"tokenizer": "standard", "filter": ["lowercase", "synonyms"]}
        analysis = {
            "filter": {"synonyms": FILTER | {"synonyms_path": path}},
            "analyzer": {"with_synonyms": {"type": "custom"} | analyzer},
        }
        settings = {"settings": {"analysis": analysis}, "mappings": {"properties": {"title": FIELD}}}
        self.send("PUT", "products", settings)
        self.send("PUT", "products/_doc/1?refresh=true", {"title": "ice cream"})

    def finds(self, word):
        """List the titles that a word finds."""
        answer = self.send("POST", "products/_search", {"query": {"match": {"title": word}}})
        return [hit["_source"]["title"] for hit in answer["hits"]["hits"]]


@pytest.fixture
def live(engines_sandbox, search):
    """The account's OpenSearch Service, where domains have engines."""
    return search


@pytest.fixture
def engine(live, data_plane):
    live.domain()
    return Engine(live, become(live, "Active")["Endpoint"], data_plane.authority.ca_bundle)


def become(search, state):
    """Wait until the domain is in a state and return it."""
    return wait(lambda: found if (found := search.show_domain())["DomainProcessingStatus"] == state else None)


def moved(search, package, version):
    """Wait until the domain has a version of a package."""
    wait(lambda: search.look_at_domain(package) == ("ACTIVE", version))


def wait(look):
    deadline = time.monotonic() + DEADLINE
    while not (found := look()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


def test_synonyms_reach_searches_with_the_domain(live, engine):
    """It should search by the version that the domain has, and by a new one from the association on."""
    package = live.create(source=live.store(text="danish, croissant\n"))
    live.associate(package)
    moved(live, package, "v1")
    engine.index(f"analyzers/{package}")
    assert engine.finds("gelato") == []
    live.update(package, "gelato, ice cream\n")
    assert live.look(package) == ("AVAILABLE", "v2")
    assert engine.finds("gelato") == []
    live.associate(package)
    moved(live, package, "v2")
    assert engine.finds("gelato") == ["ice cream"]


def test_engine_does_not_refresh_by_itself_where_that_is_off(live, engine):
    """It should keep searching by the old version until it is told to refresh."""
    live.sandbox.choose(search_auto_refresh="off")
    package = live.create(source=live.store(text="danish, croissant\n"))
    live.associate(package)
    moved(live, package, "v1")
    engine.index(f"analyzers/{package}")
    live.update(package, "gelato, ice cream\n")
    live.associate(package)
    moved(live, package, "v2")
    assert engine.finds("gelato") == []
    engine.send("POST", "_plugins/_refresh_search_analyzers/products")
    assert engine.finds("gelato") == ["ice cream"]


def test_file_only_there_while_associated(live, engine):
    """It should let indexes use the file of an associated package, and of no other."""
    package = live.create()
    with pytest.raises(urllib.error.HTTPError, match="400"):
        engine.index(f"analyzers/{package}")
    live.associate(package)
    moved(live, package, "v1")
    engine.index(f"analyzers/{package}")
    live.client.dissociate_package(PackageID=package, DomainName="products")
    wait(lambda: live.on_domain(package) is None)
    engine.send("DELETE", "products")
    with pytest.raises(urllib.error.HTTPError, match="400"):
        engine.index(f"analyzers/{package}")


def test_bad_file_leaves_searches_unharmed(live, engine):
    """It should be ACTIVE with a file that no analyzer can read, and search by the rules of before."""
    package = live.create(source=live.store(text="gelato, ice cream\n"))
    live.associate(package)
    moved(live, package, "v1")
    engine.index(f"analyzers/{package}")
    live.update(package, "danish,croissant, \n")
    live.associate(package)
    moved(live, package, "v2")
    assert engine.finds("gelato") == ["ice cream"]


def test_requests_must_be_signed(engine):
    """It should refuse a request without a signature."""
    with pytest.raises(urllib.error.HTTPError, match="403"):
        engine.plain("GET", f"https://{engine.endpoint}/_cluster/health")
    assert engine.send("GET", "_cluster/health")["status"] in {"green", "yellow"}


def test_engine_that_ended_fails_the_association(live, engine, data_plane):
    """It should be ASSOCIATION_FAILED with details when the file cannot be handed to the engine."""
    package = live.create()
    data_plane.search.node("111111111111", "us-west-2", "products").close()
    live.associate(package)
    wait(lambda: live.look_at_domain(package)[0] == "ASSOCIATION_FAILED")
    assert live.on_domain(package)["ErrorDetails"]["ErrorMessage"]


@pytest.mark.parametrize("end", ["delete", "reset"])
def test_engine_ends_with_its_domain(live, engine, data_plane, end):
    """It should leave no process behind when the domain is deleted or the sandbox reset."""
    pid = data_plane.search.node("111111111111", "us-west-2", "products").pid
    if end == "delete":
        live.client.delete_domain(DomainName="products")
        wait(lambda: not live.client.list_domain_names()["DomainNames"])
    else:
        live.sandbox.reset()
    with pytest.raises(ProcessLookupError, match="No such process"):
        os.kill(pid, 0)


def test_domain_that_cannot_have_an_engine(live, monkeypatch, tmp_path, caplog):
    """It should isolate a domain whose engine cannot start, and say in the log what to install."""
    monkeypatch.setenv("SWITCHYARD_LUCENE_JARS", str(tmp_path))
    live.domain()
    assert "Endpoint" not in become(live, "Isolated")
    assert "apt-get install liblucene8-java" in caplog.text
    monkeypatch.undo()
    live.client.delete_domain(DomainName="products")
    wait(lambda: not live.client.list_domain_names()["DomainNames"])
    live.domain()
    become(live, "Active")


@pytest.mark.parametrize("end", ["delete", "reset"])
def test_domain_that_goes_while_it_comes(live, data_plane, end):
    """It should leave no engine behind where a domain is ended before its engine is up."""
    live.domain()
    if end == "delete":
        live.client.delete_domain(DomainName="products")
        wait(lambda: not live.client.list_domain_names()["DomainNames"])
    else:
        live.sandbox.reset()
    time.sleep(1)
    with pytest.raises(SandboxError, match="has no engine"):
        data_plane.search.node("111111111111", "us-west-2", "products")
