import json
import time

import pytest

from tests.support.search import lines


def test_a_document_is_written_read_changed_and_deleted(api):
    """It should count versions and say what became of the document."""
    index = api.index()
    told = []
    for method, body in [
        ("PUT", {"title": "a"}),
        ("PUT", {"title": "b"}),
        ("DELETE", None),
        ("DELETE", None),
    ]:
        reply = api(method, f"/{index}/_doc/1", body)
        told.append((reply.status, reply.body["result"], reply.body["_version"]))
    assert told == [(201, "created", 1), (200, "updated", 2), (200, "deleted", 3), (404, "not_found", 1)]
    assert api("PUT", f"/{index}/_doc/1", {"title": "c"}).body["_version"] == 4
    read = api("GET", f"/{index}/_doc/1").body
    assert (read["found"], read["_source"], read["_version"]) == (True, {"title": "c"}, 4)
    assert api("HEAD", f"/{index}/_doc/1") == (200, "")
    assert api("GET", f"/{index}/_doc/2") == (404, {"_index": index, "_id": "2", "found": False})


def test_ids_can_be_left_to_the_index(api):
    """It should make an id, and take one with any character."""
    index = api.index()
    made = api("POST", f"/{index}/_doc?refresh", {"title": "a"})
    assert made.status == 201
    assert api("GET", f"/{index}/_doc/{made.body['_id']}").body["found"]
    api("PUT", f"/{index}/_doc/a%2Fb%20%C3%A9?refresh=true", {"title": "b"})
    found = api("GET", f"/{index}/_search", {"query": {"ids": {"values": ["a/b é"]}}}).body["hits"]["hits"]
    assert [hit["_id"] for hit in found] == ["a/b é"]
    assert api("PUT", f"/{index}/_doc/{'x' * 513}", {}).status == 400


def test_existing_documents_are_not_created_again(api):
    """It should refuse with the version that is there."""
    index = api.index()
    assert api("PUT", f"/{index}/_create/1", {"title": "a"}).status == 201
    for method, path in [("PUT", "_create/1"), ("PUT", "_doc/1?op_type=create")]:
        refused = api(method, f"/{index}/{path}", {"title": "b"})
        assert refused.status == 409
        assert refused.body["error"]["type"] == "version_conflict_engine_exception"
        assert "document already exists (current version [1])" in refused.body["error"]["reason"]


def test_searches_see_documents_after_a_refresh(api):
    """It should let reads see a document at once, and searches after the refresh or the interval."""
    index = api.index({"settings": {"refresh_interval": "-1"}})
    api("PUT", f"/{index}/_doc/1", {"title": "gelato"})
    assert api("GET", f"/{index}/_doc/1").body["found"]
    assert api.titles(index, "gelato") == set()
    assert api("POST", f"/{index}/_refresh").body == {"_shards": {"total": 10, "successful": 5, "failed": 0}}
    assert api.titles(index, "gelato") == {"gelato"}
    api("PUT", f"/{index}/_settings", {"refresh_interval": "50ms"})
    api("PUT", f"/{index}/_doc/2", {"title": "sweet gelato"})
    deadline = time.monotonic() + 60
    while api.titles(index, "gelato") != {"gelato", "sweet gelato"}:
        assert time.monotonic() < deadline


def test_indexes_are_made_by_their_first_document(api):
    """It should make the index and guess its fields."""
    api(
        "PUT",
        "/made-by-document/_doc/1?refresh=true",
        {"title": "a", "n": 1, "x": 1.5, "ok": True, "in": {"b": "c"}},
    )
    fields = api("GET", "/made-by-document/_mapping").body["made-by-document"]["mappings"]["properties"]
    assert {name: field.get("type", "object") for name, field in fields.items()} == {
        "title": "text",
        "n": "long",
        "x": "float",
        "ok": "boolean",
        "in": "object",
    }
    for query in (
        {"term": {"title.keyword": "a"}},
        {"term": {"n": 1}},
        {"term": {"ok": True}},
        {"match": {"in.b": "C"}},
    ):
        assert api.titles("made-by-document", query) == {"a"}, query


def test_bulk_does_each_action_for_itself(api):
    """It should go on after a failed action and tell of each."""
    index = api.index()
    actions = [
        {"index": {"_id": "1"}},
        {"title": "a"},
        {"create": {"_id": "1"}},
        {"title": "b"},
        {"update": {"_id": "1"}},
        {"doc": {"more": "c"}},
        {"update": {"_id": "2"}},
        {"doc": {"more": "c"}},
        {"delete": {"_id": "3"}},
        {"delete": {"_id": "1", "_index": index}},
    ]
    body = "".join(f"{json.dumps(action)}\n" for action in actions).encode()
    reply = api("POST", f"/{index}/_bulk", body).body
    told = [(*item, *(each["status"] for each in item.values())) for item in reply["items"]]
    assert told == [
        ("index", 201),
        ("create", 409),
        ("update", 200),
        ("update", 404),
        ("delete", 404),
        ("delete", 200),
    ]
    assert reply["errors"] is True
    assert reply["items"][1]["create"]["error"]["type"] == "version_conflict_engine_exception"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'{"index":{"_id":"1"}}\n{"a":1}', "must be terminated by a newline"),
        (b'{"put":{"_id":"1"}}\n{"a":1}\n', "Malformed action/metadata line [1]"),
        (b'{"index":\n', "Malformed action/metadata line [1]"),
        (b'{"index":{"_id":"1"}}\n', "Malformed action/metadata line [2]"),
    ],
)
def test_malformed_bulks_are_refused(api, body, problem):
    """It should say where the body goes wrong."""
    refused = api("POST", f"/{api.index()}/_bulk", body)
    assert refused.status == 400
    assert problem in refused.body["error"]["reason"]


def test_bulk_needs_an_index(api):
    """It should want it in the path or in each action."""
    assert "index is missing" in api("POST", "/_bulk", lines(["x"])).body["error"]["reason"]


def test_lists_and_long_values(api):
    """It should index each value of a list, and no keyword longer than its limit."""
    index = api.index()
    api(
        "PUT",
        f"/{index}/_doc/1?refresh=true",
        {"title": "t", "tags": ["ice cream", "gelato"], "long": "x" * 300},
    )
    assert api.titles(index, {"match": {"tags": "gelato"}}) == {"t"}
    assert api.titles(index, {"match_phrase": {"tags": "cream gelato"}}) == set()
    assert api.titles(index, {"term": {"tags.keyword": "ice cream"}}) == {"t"}
    assert api.titles(index, {"term": {"long.keyword": "x" * 300}}) == set()


def test_a_field_may_not_become_an_object(api):
    """It should refuse a document whose field has another shape."""
    index = api.index({"mappings": {"properties": {"title": {"type": "text"}}}})
    refused = api("PUT", f"/{index}/_doc/1", {"title": {"en": "x"}})
    assert refused.status == 400
    assert api("GET", f"/{index}/_doc/1").status == 404


def test_immense_terms_are_refused(api):
    """It should refuse a keyword that is longer than Lucene's longest term."""
    index = api.index({"mappings": {"properties": {"sku": {"type": "keyword"}}}})
    refused = api("PUT", f"/{index}/_doc/1", {"sku": "x" * 40_000})
    assert refused.status == 400
    assert "immense term" in refused.body["error"]["reason"]


def test_documents_hold_any_text(api):
    """It should give back what was sent, to the last code point."""
    source = {"title": "🍦 日本 \u0000 \ud800 é", "none": None, "deep": [{"a": [1, 2.5, None, True]}]}
    index = api.index()
    assert api("PUT", f"/{index}/_doc/1?refresh=true", source).status == 201
    hit = api("GET", f"/{index}/_search").body["hits"]["hits"][0]
    assert hit["_source"] == json.loads(json.dumps(source).replace("\\ud800", "?"))


@pytest.mark.parametrize(
    ("body", "problem"),
    [("{", "cannot parse"), ("[1]", "required to be an object"), ('"x"', "to be an object")],
)
def test_unreadable_bodies_are_refused(api, body, problem):
    """It should say what is wrong with the JSON."""
    refused = api("PUT", f"/{api.index()}/_doc/1", body.encode(), {"Content-Type": "application/json"})
    assert refused.status == 400
    assert problem in refused.body["error"]["reason"]
