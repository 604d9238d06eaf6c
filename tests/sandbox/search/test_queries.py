import threading
from contextlib import closing

import pytest

from tests.support.search import FROZEN, send


def at_least(minimum, text):
    return {"match": {"title": {"query": text, "minimum_should_match": minimum}}}


@pytest.fixture(scope="module")
def filled():
    return {}


@pytest.fixture
def index(api, filled):
    """Give one index for the tests that only search."""
    if not filled:
        mapping = {"properties": {"title": {"type": "text"}, "sku": {"type": "keyword"}}}
        filled["index"] = api.index({"mappings": mapping}, FROZEN)
        api("PUT", f"/{filled['index']}/_doc/sku?refresh=true", {"title": "with a number", "sku": "A-1"})
    return filled["index"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"match": {"title": "ICE"}}, {"ice cream", "cream ice", "ice custard"}),
        ({"match": {"title": {"query": "ice cream", "operator": "and"}}}, {"ice cream", "cream ice"}),
        (at_least(2, "ice cream pizza"), {"ice cream", "cream ice"}),
        (at_least("100%", "ice cream"), {"ice cream", "cream ice"}),
        (at_least(-1, "ice cream"), {"ice cream", "cream ice", "ice custard"}),
        ({"match": {"title": "$$$"}}, set()),
        ({"match": {"title": {"query": "$$$", "zero_terms_query": "all"}}}, {*FROZEN, "with a number"}),
        ({"match": {"sku": "A-1"}}, {"with a number"}),
        ({"match": {"gone": "x"}}, set()),
        ({"match_phrase": {"title": "ice cream"}}, {"ice cream"}),
        ({"match_phrase": {"title": {"query": "cream ice", "slop": 2}}}, {"ice cream", "cream ice"}),
        ({"match_phrase": {"sku": "A-1"}}, {"with a number"}),
        ({"term": {"sku": "A-1"}}, {"with a number"}),
        ({"term": {"sku": {"value": "a-1"}}}, set()),
        ({"term": {"title": "Gelato"}}, set()),
        ({"terms": {"title": ["gelato", "pizza"]}}, {"gelato", "frozen pizza"}),
        ({"ids": {"values": ["gelato", "no"]}}, {"gelato"}),
        ({"match_none": {}}, set()),
        (
            {"bool": {"must": {"match": {"title": "ice"}}, "must_not": [{"match": {"title": "cream"}}]}},
            {"ice custard"},
        ),
        (
            {"bool": {"must_not": {"match": {"title": "ice"}}}},
            {"gelato", "frozen pizza", "croissant", "with a number"},
        ),
        (
            {"bool": {"should": [{"match": {"title": "gelato"}}, {"match": {"title": "pizza"}}]}},
            {"gelato", "frozen pizza"},
        ),
        (
            {
                "bool": {
                    "filter": [{"match": {"title": "ice"}}],
                    "should": [{"match": {"title": "cream"}}],
                    "minimum_should_match": 1,
                }
            },
            {"ice cream", "cream ice"},
        ),
        ({"bool": {}}, {*FROZEN, "with a number"}),
    ],
)
def test_queries_find_what_they_say(api, index, query, found):
    """It should search as OpenSearch does."""
    assert api.titles(index, query) == found


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ({"fuzzy": {"title": "x"}}, "unknown query [fuzzy]"),
        ({}, "query malformed"),
        ({"match": {"title": "a"}, "term": {"title": "a"}}, "query malformed"),
        ({"match": {"title": "a", "sku": "b"}}, "doesn't support multiple fields"),
        ({"match": {"title": {"text": "a"}}}, "requires [query]"),
        ({"match": {"title": {"query": "a", "fuzziness": 1}}}, "[match] query does not support [fuzziness]"),
        ({"match": {"title": {"query": "a", "analyzer": "gone"}}}, "analyzer [gone] not found"),
        ({"bool": {"most": []}}, "does not support [most]"),
        ({"terms": {"boost": 1}}, "requires exactly one field"),
    ],
)
def test_queries_that_are_none(api, index, query, problem):
    """It should refuse what is malformed or what it does not know."""
    refused = api("GET", f"/{index}/_search", {"query": query})
    assert refused.status == 400
    assert problem in refused.body["error"]["reason"]


def test_boosts_change_the_order(api, index):
    """It should put first what the query prefers."""

    def first(boosted):
        should = [
            {"match": {"title": {"query": word, "boost": 9 if word == boosted else 1}}}
            for word in ("gelato", "croissant")
        ]
        found = api("GET", f"/{index}/_search", {"query": {"bool": {"should": should}}}).body["hits"]
        assert found["max_score"] == found["hits"][0]["_score"] > found["hits"][1]["_score"] > 0
        return found["hits"][0]["_id"]

    assert (first("gelato"), first("croissant")) == ("gelato", "croissant")


def test_pages(api, index):
    """It should give parts of the whole, and count the whole."""
    everything = api("GET", f"/{index}/_search").body["hits"]
    assert everything["total"] == {"value": 7, "relation": "eq"}
    ids = [hit["_id"] for hit in everything["hits"]]
    pages = [api("GET", f"/{index}/_search?size=3&from={start}").body["hits"]["hits"] for start in (0, 3, 6)]
    assert [hit["_id"] for page in pages for hit in page] == ids
    none = api("POST", f"/{index}/_search", {"size": 0}).body["hits"]
    assert (none["hits"], none["max_score"], none["total"]["value"]) == ([], None, 7)
    some = api("POST", f"/{index}/_search", {"track_total_hits": 5}).body["hits"]["total"]
    assert some == {"value": 5, "relation": "gte"}


def test_pages_have_an_end(api, index):
    """It should refuse to page deeper than the window."""
    refused = api("GET", f"/{index}/_search?size=1&from=10000")
    assert refused.status == 400
    assert "Result window is too large" in refused.body["error"]["caused_by"]["reason"]
    assert "cannot be negative" in api("GET", f"/{index}/_search?size=-1").body["error"]["reason"]


def test_sources_can_be_cut(api, index):
    """It should show the fields that are wanted."""
    for path, body, shown in [
        ("?_source=false", {}, None),
        ("?_source=sku", {}, {"sku": "A-1"}),
        ("", {"_source": False}, None),
        ("", {"_source": ["s*"]}, {"sku": "A-1"}),
        ("", {"_source": "title"}, {"title": "with a number"}),
        ("", {"_source": {"excludes": "title"}}, {"sku": "A-1"}),
    ]:
        query = {"query": {"ids": {"values": ["sku"]}}, **body}
        (hit,) = api("GET", f"/{index}/_search{path}", query).body["hits"]["hits"]
        assert hit.get("_source") == shown


def test_counts(api, index):
    """It should count without giving documents."""
    counted = api("GET", f"/{index}/_count", {"query": {"match": {"title": "ice"}}}).body
    shards = {"total": 5, "successful": 5, "skipped": 0, "failed": 0}
    assert counted == {"count": 3, "_shards": shards}


def test_several_indexes_are_searched_as_one(api, index):
    """It should merge by score and count all."""
    other = api.index(titles=["gelato", "gelato and more words"])
    found = api("GET", f"/{index},{other}/_search", {"query": {"match": {"title": "gelato"}}}).body["hits"]
    assert found["total"]["value"] == 3
    assert [hit["_score"] for hit in found["hits"]] == sorted(
        (hit["_score"] for hit in found["hits"]), reverse=True
    )
    assert {hit["_index"] for hit in found["hits"]} == {index, other}


def test_what_is_not_known_is_refused(api, index):
    """It should not pass over parameters, keys, methods or paths."""
    for method, path, body, status, problem in [
        ("GET", "_search?colour=red", None, 400, "contains unrecognized parameter: [colour]"),
        ("GET", "_search", {"aggs": {}}, 400, "unknown key [aggs]"),
        ("GET", "_count", {"size": 1}, 400, "request does not support [size]"),
        ("DELETE", "_search", None, 405, "Incorrect HTTP method for uri"),
        ("GET", "_explain/1", None, 400, "no handler found for uri"),
        ("GET", "_count?ignore_unavailable=perhaps", None, 400, "only [true] or [false] are allowed"),
    ]:
        refused = api(method, f"/{index}/{path}", body)
        assert refused.status == status, path
        assert problem in str(refused.body), path


def test_bodies_need_a_content_type(api, index):
    """It should refuse a body of another type."""
    refused = api("GET", f"/{index}/_search", {}, {"Content-Type": "text/plain"})
    assert refused == (406, {"error": "Content-Type header [text/plain] is not supported", "status": 406})


def test_many_clients_at_once(api, index):
    """It should answer each connection rightly, however many there are, over kept-alive connections."""
    words = {
        "gelato": {"gelato"},
        "pizza": {"frozen pizza"},
        "custard": {"ice custard"},
        "croissant": {"croissant"},
    }
    wrong = []

    def ask(word, found):
        with closing(api.connect()) as connection:
            for _ in range(25):
                body = {"query": {"match": {"title": word}}}
                hits = send(connection, "GET", f"/{index}/_search", body).body["hits"]["hits"]
                if {hit["_source"]["title"] for hit in hits} != found:
                    wrong.append((word, hits))

    threads = [threading.Thread(target=ask, args=each) for each in [*words.items()] * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
