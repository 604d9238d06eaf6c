import threading
import time

import pytest

from tests.support.search import GRAPH, search_time


def test_settings_are_shown_as_kept(api):
    """It should keep every value as text, under full names, and add its own."""
    index = api.index(search_time({**GRAPH, "synonyms": ["a, b"]}))
    settings = api("GET", f"/{index}/_settings").body[index]["settings"]["index"]
    assert settings["number_of_shards"] == "1"
    assert settings["provided_name"] == index
    assert settings["analysis"]["filter"]["names"] == {
        "type": "synonym_graph",
        "updateable": "true",
        "synonyms": ["a, b"],
    }
    flat = api("GET", f"/{index}/_settings?flat_settings=true").body[index]["settings"]
    assert flat["index.analysis.filter.names.type"] == "synonym_graph"
    one = api("GET", f"/{index}/_settings/index.number_*").body[index]["settings"]
    assert one == {"index": {"number_of_shards": "1", "number_of_replicas": "0"}}


@pytest.mark.parametrize(
    "settings",
    [
        {"number_of_shards": 3},
        {"index": {"number_of_shards": 3}},
        {"index.number_of_shards": "3"},
        {"index": {"number_of_shards": "3", "number_of_replicas": 1}},
    ],
)
def test_settings_may_be_written_in_any_form(api, settings):
    """It should take names with and without prefix, nested or dotted."""
    index = api.index({"settings": settings})
    assert api("GET", f"/{index}/_settings").body[index]["settings"]["index"]["number_of_shards"] == "3"


def test_defaults_are_those_of_the_service(api):
    """It should give five shards and one replica where nothing is said."""
    settings = api("GET", f"/{(index := api.index())}/_settings").body[index]["settings"]["index"]
    assert (settings["number_of_shards"], settings["number_of_replicas"]) == ("5", "1")


def test_an_index_shows_all_its_parts(api):
    """It should give aliases, mappings and settings, and answer HEAD by status alone."""
    index = api.index({"aliases": {"shop-parts": {}}, "mappings": {"properties": {"a": {"type": "text"}}}})
    shown = api("GET", f"/{index}").body[index]
    assert shown["aliases"] == {"shop-parts": {}}
    assert shown["mappings"] == {"properties": {"a": {"type": "text"}}}
    assert api("HEAD", f"/{index}") == (200, "")
    assert api("HEAD", "/gone") == (404, "")


def test_a_name_is_taken_once(api):
    """It should say that the index is there."""
    index = api.index()
    refused = api("PUT", f"/{index}")
    assert refused.status == 400
    assert refused.body["error"]["type"] == "resource_already_exists_exception"
    assert refused.body["error"]["reason"].startswith(f"index [{index}/")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("Shop", "must be lowercase"),
        ("-shop", "must not start with"),
        ("a,b", "must not contain"),
        ("a%2Fb", "must not contain"),
        ("a" * 256, "too long"),
    ],
)
def test_names_have_rules(api, name, problem):
    """It should refuse what OpenSearch refuses."""
    refused = api("PUT", f"/{name}")
    assert refused.status == 400
    assert refused.body["error"]["type"] == "invalid_index_name_exception"
    assert problem in refused.body["error"]["reason"]


def test_missing_indexes_are_named(api):
    """It should answer 404 with the name, in OpenSearch's shape."""
    for method, path in [
        ("GET", "/gone"),
        ("DELETE", "/gone"),
        ("GET", "/gone/_settings"),
        ("GET", "/gone/_search"),
        ("GET", "/gone/_doc/1"),
        ("POST", "/gone/_close"),
        ("POST", "/gone/_refresh"),
        ("DELETE", "/gone/_doc/1"),
        ("POST", "/_plugins/_refresh_search_analyzers/gone"),
    ]:
        missing = api(method, path)
        error = {
            "type": "index_not_found_exception",
            "reason": "no such index [gone]",
            "resource.type": "index_or_alias",
            "resource.id": "gone",
            "index_uuid": "_na_",
            "index": "gone",
        }
        assert missing == (404, {"error": {"root_cause": [error], **error}, "status": 404}), path


def test_deleted_indexes_are_gone(api):
    """It should delete by name or pattern, and forget aliases with their last index."""
    first, second = api.index({"aliases": {"both-gone": {}}}), api.index({"aliases": {"both-gone": {}}})
    assert (
        api("DELETE", "/both-gone").body["error"]["reason"].startswith("The provided expression [both-gone]")
    )
    assert api("DELETE", f"/{first}").body == {"acknowledged": True}
    assert api("GET", "/_alias/both-gone").body == {second: {"aliases": {"both-gone": {}}}}
    assert api("DELETE", f"/{second[:-1]}*").status == 200
    assert api("GET", "/_alias/both-gone").status == 404


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"number_of_shards": 2}, "setting [index.number_of_shards], not updateable"),
        ({"codec": "best_compression"}, "Can't update non dynamic settings [[index.codec]] for open indices"),
        ({"colour": "red"}, "unknown setting [index.colour]"),
        ({}, "no settings to update"),
    ],
)
def test_settings_that_cannot_change(api, settings, problem):
    """It should say which setting it is, and change nothing."""
    index = api.index()
    before = api("GET", f"/{index}/_settings").body
    refused = api("PUT", f"/{index}/_settings", settings)
    assert refused.status == 400
    assert problem in refused.body["error"]["reason"]
    assert api("GET", f"/{index}/_settings").body == before


def test_dynamic_settings_change_and_return_to_their_default(api):
    """It should change what may change, and take null as the wish for the default."""
    index = api.index()
    for change, shown in [({"number_of_replicas": 0}, "0"), ({"index": {"number_of_replicas": None}}, "1")]:
        assert api("PUT", f"/{index}/_settings", change).body == {"acknowledged": True}
        settings = api("GET", f"/{index}/_settings").body[index]["settings"]["index"]
        assert settings["number_of_replicas"] == shown


@pytest.mark.parametrize("block", ["write", "read_only"])
def test_writes_can_be_blocked(api, block):
    """It should refuse documents until the block is lifted, and go on searching."""
    index = api.index(titles=["gelato"])
    api("PUT", f"/{index}/_settings", {f"index.blocks.{block}": True})
    refused = api("PUT", f"/{index}/_doc/1", {"title": "x"})
    assert refused.status == 403
    assert refused.body["error"]["type"] == "cluster_block_exception"
    assert api.titles(index, "gelato") == {"gelato"}
    api("PUT", f"/{index}/_settings", {f"index.blocks.{block}": None})
    assert api("PUT", f"/{index}/_doc/1", {"title": "x"}).status == 201


def test_closed_indexes_serve_nothing(api):
    """It should refuse searches and documents by name, leave them out of patterns, and lose nothing."""
    index = api.index(titles=["gelato"])
    assert api("POST", f"/{index}/_close").body["indices"] == {index: {"closed": True}}
    for method, path in [("GET", "_search"), ("GET", "_count"), ("POST", "_refresh"), ("GET", "_doc/gelato")]:
        refused = api(method, f"/{index}/{path}")
        assert (refused.status, refused.body["error"]["type"]) == (400, "index_closed_exception"), path
    assert api("PUT", f"/{index}/_doc/1", {"title": "x"}).status == 400
    assert api("GET", f"/{index[:-1]}*/_count").body["count"] == 0
    assert api("GET", f"/{index}/_count?ignore_unavailable=true").body["count"] == 0
    assert api("GET", f"/{index}/_settings").status == 200
    assert api("POST", f"/{index}/_open").status == 200
    assert api.titles(index, "gelato") == {"gelato"}


def test_fields_are_added_and_keep_their_analyzers(api):
    """It should add fields, and refuse another type or analyzer for one that is there."""
    index = api.index({"mappings": {"properties": {"title": {"type": "text"}}}})
    assert api("PUT", f"/{index}/_mapping", {"properties": {"sku": {"type": "keyword"}}}).status == 200
    for field, problem in [
        ({"type": "keyword"}, "mapper [title] cannot be changed from type [text] to [keyword]"),
        (
            {"type": "text", "analyzer": "simple"},
            "Cannot update parameter [analyzer] from [default] to [simple]",
        ),
        ({"type": "text", "search_analyzer": "gone"}, "analyzer [gone] has not been configured in mappings"),
    ]:
        refused = api("PUT", f"/{index}/_mapping", {"properties": {"title": field}})
        assert refused.status == 400
        assert problem in refused.body["error"]["reason"]
    assert api("PUT", f"/{index}/_mapping", {"properties": {"title": {"type": "text"}}}).status == 200
    shown = api("GET", f"/{index}/_mapping").body[index]["mappings"]["properties"]
    assert shown == {"title": {"type": "text"}, "sku": {"type": "keyword"}}


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ({"type": "vector"}, "No handler for type [vector] declared on field [title]"),
        ({"type": "text", "colour": 1}, "unknown parameter [colour] on mapper [title] of type [text]"),
        ({"type": "text", "analyzer": "gone"}, "analyzer [gone] has not been configured in mappings"),
        ("text", "Expected map"),
    ],
)
def test_unfit_mappings_make_no_index(api, field, problem):
    """It should refuse an index whose fields it cannot make."""
    refused = api("PUT", "/unfit", {"mappings": {"properties": {"title": field}}})
    assert refused.status == 400
    assert refused.body["error"]["type"] == "mapper_parsing_exception"
    assert refused.body["error"]["reason"].startswith("Failed to parse mapping [_doc]: ")
    assert problem in refused.body["error"]["reason"]
    assert api("HEAD", "/unfit").status == 404


def test_bodies_of_new_indexes_have_three_parts(api):
    """It should refuse what is none of them."""
    assert "unknown key [setting]" in api("PUT", "/parts", {"setting": {}}).body["error"]["reason"]


def test_default_analyzers_of_an_index(api):
    """It should use the analyzers that the index calls default where a field names none."""
    analyzers = {
        "default": {"type": "custom", "tokenizer": "keyword"},
        "default_search": {"tokenizer": "standard"},
    }
    index = api.index({"settings": {"analysis": {"analyzer": analyzers}}}, ["Ice Cream"])
    assert api.titles(index, "Ice") == set()
    exact = {"match": {"title": {"query": "Ice Cream", "analyzer": "default"}}}
    assert api.titles(index, exact) == {"Ice Cream"}


def test_built_in_analyzers_can_have_stop_words(api):
    """It should give the standard analyzer the words it is to drop."""
    analyzers = {"plain": {"type": "standard", "stopwords": ["the"]}, "english": {"type": "stop"}}
    index = api.index({"settings": {"analysis": {"analyzer": analyzers}}})
    for analyzer, tokens in [("plain", ["and", "cat"]), ("english", ["cat"])]:
        found = api("GET", f"/{index}/_analyze", {"analyzer": analyzer, "text": "The and cat"}).body["tokens"]
        assert [token["token"] for token in found] == tokens


def test_lists_of_indexes(api):
    """It should list indexes as JSON or as a table."""
    index = api.index(search_time({**GRAPH, "synonyms": ["a, b"]}), ["gelato", "croissant"])
    (row,) = api("GET", f"/_cat/indices/{index}?format=json").body
    told = {name: row[name] for name in ("health", "status", "index", "pri", "rep", "docs.count")}
    assert told == {
        "health": "green",
        "status": "open",
        "index": index,
        "pri": "1",
        "rep": "0",
        "docs.count": "2",
    }
    assert f"green open {index} " in api("GET", "/_cat/indices").body
    api("POST", f"/{index}/_close")
    (row,) = api("GET", f"/_cat/indices/{index}?format=json").body
    assert (row["status"], row["docs.count"]) == ("close", None)


def test_health_counts_replicas_without_a_node(api):
    """It should be yellow where a replica finds no node, and wait for green in vain until it is gone."""
    index = api.index()
    health = api("GET", f"/_cluster/health/{index}").body
    assert (health["status"], health["unassigned_shards"], health["active_shards"]) == ("yellow", 5, 5)
    started = time.monotonic()
    waited = api("GET", f"/_cluster/health/{index}?wait_for_status=green&timeout=200ms")
    assert (waited.status, waited.body["timed_out"]) == (408, True)
    assert time.monotonic() - started >= 0.2
    api("PUT", f"/{index}/_settings", {"number_of_replicas": 0})
    assert api("GET", f"/_cluster/health/{index}?wait_for_status=green").body["status"] == "green"


def test_the_root_tells_the_version(api):
    """It should present itself as the OpenSearch that it stands for."""
    version = api("GET", "/").body["version"]
    assert (version["distribution"], version["number"]) == ("opensearch", "2.17.0")
    assert version["lucene_version"].startswith("8.")


def test_an_index_may_go_while_it_is_used(api):
    """It should be there or not be there for each request, and nothing in between."""
    index = api.index(titles=["gelato"])
    answers, stop = set(), threading.Event()

    def use(method, path, body):
        while not stop.is_set():
            answers.add((method, api(method, f"/{index}/{path}", body).status))

    search = {"query": {"match": {"title": "gelato"}}}
    uses = [("GET", "_search", search), ("DELETE", "_doc/1", None), ("GET", "_count", search)]
    threads = [threading.Thread(target=use, args=each) for each in uses * 2]
    for thread in threads:
        thread.start()
    for _ in range(15):
        api("DELETE", f"/{index}")
        api("PUT", f"/{index}")
    stop.set()
    for thread in threads:
        thread.join()
    assert answers <= {("GET", 200), ("GET", 404), ("DELETE", 200), ("DELETE", 404)}
