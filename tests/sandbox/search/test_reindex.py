import time

import pytest

from tests.support.search import FROZEN, of_package

INDEX_TIME = {"type": "text", "analyzer": "with_names", "search_analyzer": "standard"}


def at_index_time(package_id, **settings):
    body = of_package(package_id, type="synonym", updateable=False)
    body["mappings"]["properties"]["title"] = INDEX_TIME
    body["settings"]["index"].update(settings)
    return body


def finished(api, task, patience=60.0):
    deadline = time.monotonic() + patience
    while not (told := api("GET", f"/_tasks/{task}").body)["completed"]:
        assert time.monotonic() < deadline
    return told


def test_new_rules_reach_documents_without_a_gap(api, node, package):
    """It should carry an index over to new index-time rules behind an alias, and back."""
    package_id = package("gelato, sorbet\n")
    old = api.index(at_index_time(package_id), FROZEN)
    alias = f"shop-{old}"
    api("PUT", f"/{old}/_alias/{alias}", {"is_write_index": True})
    node.put_package(package_id, b"gelato, parfait\n")
    new = f"{old}-2"
    assert api("PUT", f"/{new}", at_index_time(package_id, refresh_interval="-1")).status == 200
    api("PUT", f"/{old}/_settings", {"index.blocks.write": True})

    copy = {"source": {"index": old}, "dest": {"index": new, "op_type": "create"}, "conflicts": "proceed"}
    task = api("POST", "/_reindex?wait_for_completion=false&slices=auto", copy).body["task"]
    told = finished(api, task)
    assert told["response"]["created"] == told["response"]["total"] == len(FROZEN)
    assert told["response"]["failures"] == []
    api("POST", f"/{new}/_refresh")
    assert api("GET", f"/{new}/_count").body["count"] == api("GET", f"/{old}/_count").body["count"]
    assert api.titles(new, "parfait") == {"gelato"}
    assert api.titles(alias, "sorbet") == {"gelato"}

    there = {"add": {"index": new, "alias": alias, "is_write_index": True}}
    away = {"remove": {"index": old, "alias": alias, "must_exist": True}}
    assert api("POST", "/_aliases", {"actions": [away, there]}).status == 200
    assert (api.titles(alias, "parfait"), api.titles(alias, "sorbet")) == ({"gelato"}, set())
    back = {"actions": [{"remove": there["add"] | {"must_exist": True}}, {"add": away["remove"]}]}
    for action in back["actions"]:
        for body in action.values():
            body.pop("is_write_index", None)
    back["actions"][1]["add"].pop("must_exist")
    assert api("POST", "/_aliases", back).status == 200
    assert api.titles(alias, "sorbet") == {"gelato"}


def test_a_copy_can_be_waited_for(api):
    """It should answer with the counts once it is done, and make the destination where there is none."""
    source = api.index(titles=FROZEN)
    target = f"{source}-copy"
    body = {"source": {"index": source, "query": {"match": {"title": "ice"}}}, "dest": {"index": target}}
    first = api("POST", "/_reindex?refresh=true", body)
    assert first.status == 200
    assert {name: first.body[name] for name in ("total", "created", "updated", "version_conflicts")} == {
        "total": 3,
        "created": 3,
        "updated": 0,
        "version_conflicts": 0,
    }
    assert api.titles(target, {"match_all": {}}) == {"ice cream", "cream ice", "ice custard"}
    assert api("POST", "/_reindex", body).body["updated"] == 3
    assert api("POST", "/_reindex", {**body, "max_docs": 1}).body["total"] == 1


def test_a_copy_has_what_searches_see(api):
    """It should leave out what the source has not refreshed, and not follow later writes."""
    source = api.index({"settings": {"refresh_interval": "-1"}}, titles=["seen"])
    api("PUT", f"/{source}/_doc/unseen", {"title": "unseen"})
    body = {"source": {"index": source}, "dest": {"index": f"{source}-copy"}}
    assert api("POST", "/_reindex", body).body["total"] == 1


@pytest.mark.parametrize(
    ("conflicts", "status", "conflicting", "created"), [("abort", 409, 1, 0), ("proceed", 200, 2, 1)]
)
def test_existing_documents_conflict(api, conflicts, status, conflicting, created):
    """It should stop at a document that is there, or pass over it where it is told to."""
    source, target = api.index(titles=["a", "b", "c"]), api.index(titles=["a", "b"])
    body = {
        "source": {"index": source},
        "dest": {"index": target, "op_type": "create"},
        "conflicts": conflicts,
    }
    done = api("POST", "/_reindex", body)
    assert done.status == status
    assert (done.body["version_conflicts"], done.body["created"]) == (conflicting, created)
    assert len(done.body["failures"]) == (status == 409)
    if done.body["failures"]:
        assert done.body["failures"][0]["cause"]["type"] == "version_conflict_engine_exception"


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        ({"source": {"index": "gone"}, "dest": {"index": "x"}}, 404, "no such index [gone]"),
        (
            {"source": {"index": "{index}"}, "dest": {"index": "{index}"}},
            400,
            "cannot write into an index its",
        ),
        ({"source": {"index": ["{index}"]}, "dest": {}}, 400, "index is missing"),
        (
            {"source": {"index": "{index}"}, "dest": {"index": "x"}, "script": {}},
            400,
            "unknown field [script]",
        ),
    ],
)
def test_copies_that_cannot_begin(api, body, status, problem):
    """It should refuse them at once, as a task or not."""
    index = api.index()
    text = str(body).replace("{index}", index).replace("'", '"').encode()
    for path in ("/_reindex", "/_reindex?wait_for_completion=false"):
        refused = api("POST", path, text, {"Content-Type": "application/json"})
        assert refused.status == status
        assert problem in refused.body["error"]["reason"]


def test_a_failing_task_tells_why(api):
    """It should end with the failure, and say how far it came."""
    source, target = api.index(titles=["a"]), api.index()
    api("PUT", f"/{target}/_settings", {"index.blocks.write": True})
    body = {"source": {"index": source}, "dest": {"index": target}}
    told = finished(api, api("POST", "/_reindex?wait_for_completion=false", body).body["task"])
    assert told["response"]["failures"][0]["cause"]["type"] == "cluster_block_exception"
    assert told["response"]["failures"][0]["status"] == 403
    assert told["task"]["status"]["created"] == 0


def test_unknown_tasks(api):
    """It should say that there is none."""
    missing = api("GET", "/_tasks/node:99")
    assert missing.status == 404
    assert missing.body["error"]["type"] == "resource_not_found_exception"
