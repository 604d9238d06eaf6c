"""Index-time synonyms: documents are indexed again and an alias moves, while searches are answered throughout."""

from __future__ import annotations

import threading

import pytest
from botocore.exceptions import ClientError

from switchyard.errors import NotAllowed, StepFailed
from switchyard.operators.synonyms.apply import ApplyToIndexesOperator
from switchyard.search.client import SearchClient
from tests.support.control_plane import Store, new_context, run_step
from tests.support.release_world import (
    ANALYSIS,
    DANISH,
    FIRST,
    GELATO,
    PIPELINE,
    SECOND,
    STAMP,
    TEXTS,
    configured,
    index_settings,
    step_settings,
)

META = {"pipeline": PIPELINE, "run": STAMP, "version": "v1", "made_at": "2026-01-01T00:00:00+00:00"}
DOMAIN = configured(use="index_time", alias="shop")


def apply(world, version="v2", **changes):
    settings = {
        "domain": DOMAIN,
        "reference_path": world.reference_path,
        "version": version,
        "analysis": ANALYSIS,
        "refresh": "auto",
        "probes": [DANISH, GELATO],
        **changes,
    }
    return ApplyToIndexesOperator(**step_settings(**settings))


@pytest.fixture
def shop(engine):
    """An index that expands documents, behind its alias, with the second release on the domain."""
    body = index_settings(engine.reference_path, use="index_time", alias="shop", meta=META)
    engine.index(body, "products-v1")
    engine.release(SECOND, "v2")
    return engine


def names(world):
    return {one["index"] for one in world.search().read("/_cat/indices?format=json")}


def test_the_alias_moves_to_an_index_with_the_release(shop):
    """It should find by the new rules what the old documents say, and keep the old index."""
    assert (shop.titles("danish", "shop"), shop.titles("gelato", "shop")) == ({"croissant"}, set())
    result = run_step(apply(shop), new_context())
    assert (result["indexes"], result["replaced"]) == (["products-v2"], ["products-v1"])
    assert shop.alias("shop") == {"products-v2"}
    assert shop.titles("gelato", "shop") == {"ice cream"}
    assert names(shop) == {"products-v1", "products-v2"}
    settings = shop.search().read("/products-v2/_settings")["products-v2"]["settings"]["index"]
    assert settings["number_of_replicas"] == "1"
    assert "refresh_interval" not in settings
    shop.add("shop", "brioche")
    assert shop.titles("brioche", "products-v2") == {"brioche"}


def test_searches_are_answered_throughout(shop):
    """It should never leave the alias without an index, or with two."""
    stop, seen, problems = threading.Event(), set(), []

    def ask():
        client = shop.search()
        while not stop.is_set():
            try:
                answer = client.read("/shop/_search", {"size": 50, "query": {"match": {"title": "danish"}}})
                seen.add(tuple(hit["_source"]["title"] for hit in answer["hits"]["hits"]))
            except ClientError as error:
                problems.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    run_step(apply(shop), new_context())
    stop.set()
    thread.join()
    assert (problems, seen) == ([], {("croissant",)})


def test_a_repeated_step_changes_nothing(shop):
    """It should find the alias where it belongs."""
    run_step(apply(shop), new_context())
    sent = []
    again = apply(shop)
    with _watched(sent):
        assert run_step(again, new_context())["indexes"] == ["products-v2"]
    assert sent == []


@pytest.mark.parametrize("after", range(6))
def test_a_killed_step_goes_on(shop, after):
    """It should end with one alias on one complete index, wherever it was killed."""
    store, sent = Store(), []
    with _watched(sent, die_after=after), pytest.raises(KeyboardInterrupt):
        run_step(apply(shop), new_context(store))
    assert len(sent) == after + 1
    result = run_step(apply(shop), new_context(store))
    assert result["indexes"] == ["products-v2"]
    assert shop.alias("shop") == {"products-v2"}
    assert shop.search().read("/products-v2/_count")["count"] == len(TEXTS)
    assert shop.titles("gelato", "shop") == {"ice cream"}


def test_writes_are_refused_while_documents_are_copied(shop):
    """It should rather refuse a document than lose it, and take writes again in the end."""
    store, sent = Store(), []
    with _watched(sent, die_after=2), pytest.raises(KeyboardInterrupt):
        run_step(apply(shop), new_context(store))
    with pytest.raises(ClientError, match="cluster_block_exception"):
        shop.add("shop", "brioche")
    run_step(apply(shop), new_context(store))
    shop.add("shop", "brioche")


def test_a_failed_proof_leaves_everything_as_it_was(shop):
    """It should keep the alias, take writes again, and begin anew when the task is cleared."""
    wrong = {**GELATO, "finds": ["hightop"]}
    with pytest.raises(
        StepFailed, match=r"index products-v2: .*'gelato' .* does not find 'hightop'.*shop stays"
    ):
        run_step(apply(shop, probes=[wrong]), new_context())
    assert shop.alias("shop") == {"products-v1"}
    assert names(shop) == {"products-v1"}
    shop.add("shop", "brioche")
    run_step(apply(shop), new_context())
    assert shop.titles("brioche", "shop") == {"brioche"}


def test_documents_that_are_written_past_the_alias_are_noticed(shop):
    """It should compare what it has copied where writes are not refused."""
    store, sent = Store(), []
    with _watched(sent, die_after=1), pytest.raises(KeyboardInterrupt):
        run_step(apply(shop, block_writes=False), new_context(store))
    assert shop.add("products-v2", "stray") is None
    with pytest.raises(StepFailed, match="products-v1 has 5 documents and products-v2 6"):
        run_step(apply(shop, block_writes=False), new_context(store))
    assert shop.alias("shop") == {"products-v1"}


def test_an_index_of_somebody_else_is_not_filled(shop):
    """It should not write into an index that it did not make."""
    shop.search().write("PUT", "/products-v2", {})
    with pytest.raises(NotAllowed, match="products-v2 exists, and it was not made to replace products-v1"):
        run_step(apply(shop), new_context())
    assert shop.alias("shop") == {"products-v1"}


def test_replaced_indexes_are_dropped_by_a_later_run(shop):
    """It should drop what it made and replaced long enough ago, and nothing else."""
    shop.search().write("PUT", "/products-mine", {})
    run_step(apply(shop), new_context())
    shop.release(FIRST, "v3")
    run_step(apply(shop, "v3", probes=[DANISH]), new_context())
    assert names(shop) == {"products-mine", "products-v1", "products-v2", "products-v3"}
    shop.release(SECOND, "v4")
    run_step(apply(shop, "v4", keep_old_index_hours=0), new_context())
    assert names(shop) == {"products-mine", "products-v3", "products-v4"}


def test_an_index_without_an_alias_is_refused(engine):
    """It should say that only an alias can move."""
    engine.index(index_settings(engine.reference_path, use="index_time"), "products")
    domain = configured(use="index_time", alias="products")
    with pytest.raises(StepFailed, match="index products: it is an index and no alias"):
        run_step(apply(engine, domain=domain), new_context())


def test_a_dry_run_plans_every_request(shop):
    """It should name the new index, the copying and the alias, and send none of it."""
    result = run_step(apply(shop), new_context(dry_run=True))
    assert [call["operation"] for call in result["planned_calls"]] == [
        "PUT /products-v2",
        "POST /_reindex?wait_for_completion=false&slices=auto",
        "POST /products-v2/_refresh",
        "PUT /products-v2/_settings",
        "POST /_aliases",
    ]
    assert names(shop) == {"products-v1"}


class _watched:  # noqa: N801 - reads as what it does
    """Keeps what is written to the domain, and lets the process end after so many writes."""

    def __init__(self, sent, die_after=None):
        self._sent = sent
        self._die_after = die_after

    def __enter__(self):
        self._send = send = SearchClient._send
        watched = self

        def sending(client, method, path, body):
            answer = send(client, method, path, body)
            if method not in ("GET", "HEAD"):
                watched._sent.append(f"{method} {path}")
                if len(watched._sent) - 1 == watched._die_after:
                    raise KeyboardInterrupt
            return answer

        SearchClient._send = sending

    def __exit__(self, *_):
        SearchClient._send = self._send
