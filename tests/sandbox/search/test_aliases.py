import threading

import pytest


def test_an_alias_is_swapped_in_one_moment(api):
    """It should never show searches both indexes or neither."""
    old, new = api.index(titles=["old"]), api.index(titles=["new"])
    alias = f"shop-{old}"
    api("POST", "/_aliases", {"actions": [{"add": {"index": old, "alias": alias}}]})
    seen, stop = [], threading.Event()

    def search():
        while not stop.is_set():
            seen.append(tuple(sorted(api.titles(alias, {"match_all": {}}))))

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for turn in range(30):
        gone, come = (old, new) if turn % 2 == 0 else (new, old)
        swap = [
            {"remove": {"index": gone, "alias": alias, "must_exist": True}},
            {"add": {"index": come, "alias": alias, "is_write_index": True}},
        ]
        assert api("POST", "/_aliases", {"actions": swap}).body == {"acknowledged": True}
    stop.set()
    for thread in threads:
        thread.join()
    assert set(seen) <= {("old",), ("new",)}
    assert len(seen) > 5


def test_a_failing_action_undoes_all(api):
    """It should change nothing where one action cannot be done."""
    old, new = api.index(), api.index()
    api("PUT", f"/{old}/_alias/shop-{old}")
    for actions, status in [
        ([{"add": {"index": new, "alias": f"shop-{old}"}}, {"add": {"index": "gone", "alias": "x"}}], 404),
        (
            [
                {"add": {"index": new, "alias": f"shop-{old}"}},
                {"remove": {"index": new, "alias": "x", "must_exist": True}},
            ],
            404,
        ),
        ([{"add": {"index": new, "alias": f"shop-{old}"}}, {"rename": {}}], 400),
        ([{"add": {"index": new, "alias": f"shop-{old}"}}, {"add": {"index": new}}], 400),
        ([{"add": {"index": new, "alias": new}}], 400),
        ([], 400),
    ]:
        assert api("POST", "/_aliases", {"actions": actions}).status == status
        assert api("GET", f"/_alias/shop-{old}").body == {old: {"aliases": {f"shop-{old}": {}}}}


def test_removing_what_is_not_there(api):
    """It should fail only where nothing at all can be done, or where the alias must exist."""
    index = api.index()
    remove = {"remove": {"index": index, "alias": "no-alias"}}
    missing = api("POST", "/_aliases", {"actions": [remove]})
    assert missing.status == 404
    assert missing.body["error"]["type"] == "aliases_not_found_exception"
    add = {"add": {"index": index, "alias": f"shop-{index}"}}
    assert api("POST", "/_aliases", {"actions": [remove, add]}).status == 200


def test_an_index_can_give_way_to_an_alias(api):
    """It should delete an index and add an alias of other indexes at once."""
    old, new = api.index(titles=["old"]), api.index(titles=["new"])
    actions = [{"remove_index": {"index": old}}, {"add": {"index": new, "alias": old}}]
    assert api("POST", "/_aliases", {"actions": actions}).status == 200
    assert api("GET", f"/{old}/_settings").body.keys() == {new}
    assert api.titles(old, {"match_all": {}}) == {"new"}


def test_aliases_are_shown(api):
    """It should list aliases by name, by index and by pattern."""
    index = api.index()
    api("PUT", f"/{index}/_alias/a-{index}", {"is_write_index": True})
    api("PUT", f"/{index}/_alias/b-{index}")
    both = {f"a-{index}": {"is_write_index": True}, f"b-{index}": {}}
    assert api("GET", f"/{index}/_alias").body == {index: {"aliases": both}}
    assert api("GET", f"/{index}/_alias/a-*").body == {
        index: {"aliases": {f"a-{index}": {"is_write_index": True}}}
    }
    assert api("GET", f"/_alias/b-{index}").body == {index: {"aliases": {f"b-{index}": {}}}}
    assert api("HEAD", f"/_alias/b-{index}").status == 200
    assert api("HEAD", "/_alias/no-alias").status == 404
    assert api("DELETE", f"/{index}/_alias/a-{index}").status == 200
    assert api("GET", f"/{index}/_alias").body == {index: {"aliases": {f"b-{index}": {}}}}


def test_writes_go_to_the_write_index(api):
    """It should need one to be chosen where an alias has several."""
    first, second = api.index(), api.index()
    alias = f"shop-{first}"
    both = [{"add": {"index": index, "alias": alias}} for index in (first, second)]
    api("POST", "/_aliases", {"actions": both})
    refused = api("POST", f"/{alias}/_doc", {"title": "x"})
    assert refused.status == 400
    assert "no write index is defined for alias" in refused.body["error"]["reason"]
    api("POST", "/_aliases", {"actions": [{"add": {**both[1]["add"], "is_write_index": True}}]})
    assert api("POST", f"/{alias}/_doc", {"title": "x"}).body["_index"] == second
    taken = api("POST", "/_aliases", {"actions": [{"add": {**both[0]["add"], "is_write_index": True}}]})
    assert taken.status == 500
    assert "has more than one write index" in taken.body["error"]["reason"]
    assert api("GET", f"/{alias}/_doc/1").status == 400


def test_an_alias_cannot_be_the_name_of_an_index(api):
    """It should keep names of indexes and aliases apart."""
    index = api.index({"aliases": {"shop-name": {}}})
    refused = api("PUT", "/shop-name")
    assert refused.body["error"]["type"] == "invalid_index_name_exception"
    assert "already exists as alias" in refused.body["error"]["reason"]
    other = api.index()
    clash = api("PUT", f"/{other}/_alias/{index}")
    assert clash.status == 400
    assert clash.body["error"]["type"] == "invalid_alias_name_exception"


@pytest.mark.parametrize("path", ["/_search", "/_count", "/_refresh", "/_cat/indices"])
def test_all_indexes_are_meant_where_none_is_named(api, path):
    """It should look at every open index."""
    api.index(titles=["everywhere"])
    assert api("GET", path).status == 200
