import threading

import pytest

from tests.support.search import FROZEN, GRAPH, of_package, search_time

BAD = "gelato, croissant\n$$$, dollar\n"
SHORT = "/_plugins/_refresh_search_analyzers"


def test_new_dictionaries_are_taken_up_by_open_indexes(api, node, package):
    """It should search with the new rules as soon as they are there, with nobody calling."""
    package_id = package("danish, croissant\n")
    index = api.index(of_package(package_id), FROZEN)
    assert api.titles(index, "gelato") == {"gelato"}
    node.put_package(package_id, b"gelato, ice cream\n")
    assert api.titles(index, "gelato") == {"gelato", "ice cream"}
    assert api.titles(index, "danish") == set()


def test_taking_up_can_be_switched_off(api, node, package):
    """It should keep the old rules until the refresh call then."""
    package_id = package("")
    index = api.index(of_package(package_id), FROZEN)
    node.auto_refresh(False)
    node.put_package(package_id, b"gelato, croissant\n")
    assert api.titles(index, "gelato") == {"gelato"}
    assert api("POST", f"{SHORT}/{index}").status == 200
    assert api.titles(index, "gelato") == {"gelato", "croissant"}


@pytest.mark.parametrize("path", [SHORT, "/_opendistro/_refresh_search_analyzers"])
def test_the_refresh_call_tells_what_it_did(api, package, path):
    """It should name index and analyzers, and count shards, those of replicas without a node included."""
    body = of_package(package("a, b\n"))
    body["settings"]["index"] = {"number_of_shards": 2, "number_of_replicas": 1}
    index = api.index(body)
    assert api("POST", f"{path}/{index}").body == {
        "_shards": {"total": 4, "successful": 2, "failed": 0},
        "successful_refresh_details": [{"index": index, "refreshed_analyzers": ["with_names"]}],
    }


def test_the_refresh_call_takes_aliases_and_patterns(api, package):
    """It should refresh all that the name stands for."""
    indexes = {api.index(of_package(package("a, b\n"))) for _ in range(2)}
    actions = [{"add": {"index": index, "alias": f"shop-{min(indexes)}"}} for index in indexes]
    api("POST", "/_aliases", {"actions": actions})
    for name in (f"shop-{min(indexes)}", f"sh*-{min(indexes)}", ",".join(indexes)):
        details = api("POST", f"{SHORT}/{name}").body["successful_refresh_details"]
        assert {detail["index"] for detail in details} == indexes
    assert api("POST", f"{SHORT}/gone").status == 404


def test_filters_that_are_not_updateable_are_left_as_they_are(api, node, package):
    """It should refresh nothing, and keep searching with the old rules."""
    package_id = package("danish, croissant\n")
    index = api.index(of_package(package_id, updateable=False), FROZEN)
    node.put_package(package_id, b"gelato, croissant\n")
    details = api("POST", f"{SHORT}/{index}").body["successful_refresh_details"]
    assert details == [{"index": index, "refreshed_analyzers": []}]
    assert api.titles(index, "gelato") == {"gelato"}
    assert api.titles(index, "danish") == {"croissant"}


def test_closing_and_opening_takes_up_rules_that_are_not_updateable(api, node, package):
    """It should build all analyzers from the files of the moment."""
    package_id = package("danish, croissant\n")
    index = api.index(of_package(package_id, updateable=False), FROZEN)
    node.put_package(package_id, b"gelato, croissant\n")
    api("POST", f"/{index}/_close")
    assert api("POST", f"/{index}/_open").body == {"acknowledged": True, "shards_acknowledged": True}
    assert api.titles(index, "gelato") == {"gelato", "croissant"}


def test_index_time_synonyms_stay_in_the_documents(api, node, package):
    """It should use new rules for new documents only, even after closing and opening."""
    package_id = package("gelato, sorbet\n")
    body = of_package(package_id, updateable=False)
    body["mappings"]["properties"]["title"] = {
        "type": "text",
        "analyzer": "with_names",
        "search_analyzer": "standard",
    }
    index = api.index(body, ["gelato"])
    node.put_package(package_id, b"gelato, parfait\n")
    api("POST", f"/{index}/_close")
    api("POST", f"/{index}/_open")
    api.fill(index, ["lemon gelato"])
    assert api.titles(index, "sorbet") == {"gelato"}
    assert api.titles(index, "parfait") == {"lemon gelato"}


@pytest.mark.parametrize(
    "content",
    [BAD.encode(), "caf\u00e9, coffee\n".encode("latin-1"), "gelato, croissant\n".encode("utf-16")],
    ids=["rule", "latin-1", "utf-16"],
)
def test_a_bad_file_keeps_the_old_rules(api, node, package, content):
    """It should answer 200 with failed shards and leave the index out, while searches go on as before."""
    package_id = package("gelato, ice cream\n")
    index, healthy = api.index(of_package(package_id), FROZEN), api.index(of_package(package("a, b\n")))
    node.put_package(package_id, content)
    assert api.titles(index, "gelato") == {"gelato", "ice cream"}
    refreshed = api("POST", f"{SHORT}/{index},{healthy}")
    problem = {"type": "illegal_argument_exception", "reason": "Failed to build synonyms"}
    assert refreshed.status == 200
    assert refreshed.body["_shards"] == {
        "total": 2,
        "successful": 1,
        "failed": 1,
        "failures": [{"shard": 0, "index": index, "status": "BAD_REQUEST", "reason": problem}],
    }
    assert [each["index"] for each in refreshed.body["successful_refresh_details"]] == [healthy]
    assert api.titles(index, "gelato") == {"gelato", "ice cream"}
    assert api.titles(index, "croissant") == {"croissant"}


def test_a_failed_refresh_leaves_analyzers_before_the_bad_one_new(api, node, package):
    """It should rebuild analyzers one by one, so that a failure midway leaves the first swapped."""
    first, second = package("gelato, ice cream\n"), package("gelato, ice cream\n")
    body = of_package(first)
    analysis = body["settings"]["analysis"]
    analysis["filter"]["more"] = {**GRAPH, "synonyms_path": f"analyzers/{second}"}
    analysis["analyzer"]["with_other"] = {"tokenizer": "standard", "filter": ["lowercase", "more"]}
    index = api.index(body, FROZEN)
    node.auto_refresh(False)
    node.put_package(first, b"gelato, croissant\n")
    node.put_package(second, BAD.encode())
    assert api("POST", f"{SHORT}/{index}").body["_shards"]["failed"] == 1
    assert api.titles(index, "gelato") == {"gelato", "croissant"}
    again = {"match": {"title": {"query": "gelato", "analyzer": "with_other"}}}
    assert api.titles(index, again) == {"gelato", "ice cream"}


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda node, name: node.put_package(name, BAD.encode()), "Failed to build synonyms"),
        (
            lambda node, name: node.remove_package(name),
            "IOException while reading synonyms_path_path: file not readable",
        ),
    ],
    ids=["bad", "missing"],
)
def test_a_bad_file_keeps_a_closed_index_from_opening(api, node, package, spoil, problem):
    """It should leave the index closed and out of reach until the file is good again."""
    package_id = package("gelato, ice cream\n")
    index = api.index(of_package(package_id), FROZEN)
    api("POST", f"/{index}/_close")
    spoil(node, package_id)
    refused = api("POST", f"/{index}/_open")
    assert refused.status == 500
    assert refused.body["error"]["type"] == "exception"
    assert refused.body["error"]["reason"].startswith(f"Failed to verify index [{index}/")
    assert refused.body["error"]["caused_by"]["reason"] == problem
    assert api("GET", f"/{index}/_search").body["error"]["root_cause"][0]["type"] == "index_closed_exception"
    node.put_package(package_id, b"gelato, croissant\n")
    assert api("POST", f"/{index}/_open").status == 200
    assert api.titles(index, "gelato") == {"gelato", "croissant"}


def test_a_bad_file_makes_no_new_index(api, package):
    """It should be the last gate before a reindex."""
    refused = api("PUT", "/from-bad", of_package(package(BAD)))
    assert refused.status == 400
    assert refused.body["error"]["reason"] == "Failed to build synonyms"


def test_lenient_indexes_survive_a_bad_file(api, node, package):
    """It should take the good terms and open again, which is why it is worth having as a safety net."""
    package_id = package("gelato, ice cream\n")
    index = api.index(of_package(package_id, lenient=True), FROZEN)
    node.put_package(package_id, BAD.encode())
    assert api.titles(index, "gelato") == {"gelato", "croissant"}
    api("POST", f"/{index}/_close")
    assert api("POST", f"/{index}/_open").status == 200


def test_an_empty_file_means_no_synonyms(api, node, package):
    """It should be valid, so that only the sender can guard against it."""
    package_id = package("gelato, ice cream\n")
    index = api.index(of_package(package_id), FROZEN)
    node.put_package(package_id, b"")
    assert api.titles(index, "gelato") == {"gelato"}


def test_another_path_needs_a_closed_index(api, package):
    """It should not let a path change while the index is open."""
    index = api.index(of_package(package("a, b\n")), FROZEN)
    path = {"analysis.filter.names.synonyms_path": f"analyzers/{package('gelato, croissant')}"}
    refused = api("PUT", f"/{index}/_settings", {"index": path})
    assert refused.status == 400
    assert "Can't update non dynamic settings" in refused.body["error"]["reason"]
    api("POST", f"/{index}/_close")
    assert api("PUT", f"/{index}/_settings", {"index": path}).status == 200
    api("POST", f"/{index}/_open")
    assert api.titles(index, "gelato") == {"gelato", "croissant"}


def test_searches_go_on_while_rules_change(api, node, package):
    """It should answer each search by the old rules or by the new ones."""
    package_id = package("gelato, ice cream\n")
    index = api.index(of_package(package_id), FROZEN)
    seen, stop = [], threading.Event()

    def search():
        while not stop.is_set():
            seen.append(frozenset(api.titles(index, "gelato")))

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(20):
        node.put_package(package_id, [b"gelato, croissant\n", b"gelato, ice cream\n"][turn % 2])
    stop.set()
    for thread in threads:
        thread.join()
    assert set(seen) <= {frozenset({"gelato", "ice cream"}), frozenset({"gelato", "croissant"})}
    assert seen


@pytest.mark.parametrize("name", ["", "../F1", "a/b", ".hidden"])
def test_package_ids_are_no_paths(node, name):
    """It should write nowhere but into its own folder."""
    with pytest.raises(ValueError, match="package id"):
        node.put_package(name, b"")


def test_inline_rules_are_not_reread(api, node, package):
    """It should leave an index without files alone when dictionaries change."""
    index = api.index(search_time({**GRAPH, "synonyms": ["gelato, croissant"]}), FROZEN)
    package("gelato, ice cream\n")
    assert api.titles(index, "gelato") == {"gelato", "croissant"}
