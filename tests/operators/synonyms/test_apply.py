"""A domain's new version takes effect in its indexes."""

from __future__ import annotations

import pytest

from switchyard.errors import BadInput, CheckFailed, StepFailed
from switchyard.operators.synonyms.apply import ApplyToIndexesOperator
from switchyard.operators.synonyms.probe import ProbeSearchOperator
from tests.support.control_plane import new_context, run_step
from tests.support.release_world import (
    ANALYSIS,
    DANISH,
    GELATO,
    SECOND,
    configured,
    index_settings,
    step_settings,
)


def apply(world, version="v2", *, domain=None, **changes):
    settings = {
        "domain": domain or configured(),
        "reference_path": world.reference_path,
        "version": version,
        "analysis": ANALYSIS,
        "refresh": "auto",
        **changes,
    }
    return ApplyToIndexesOperator(**step_settings(**settings))


def probe(*probes, **changes):
    return ProbeSearchOperator(**step_settings(domain=configured(), probes=list(probes), **changes))


@pytest.fixture
def shop(engine):
    """The engine with an index as bootstrap makes it."""
    engine.index(index_settings(engine.reference_path))
    return engine


def test_a_release_takes_effect_by_itself(shop):
    """It should find ice cream for gelato when it has got the release, not before, and never frozen pizza (P08)."""
    assert (shop.titles("danish"), shop.titles("gelato")) == ({"croissant"}, set())
    shop.release(SECOND, "v2")
    result = run_step(apply(shop), new_context())
    said = "on products: products"
    assert result == {"domain": "products", "indexes": ["products"], "replaced": [], "summary": said}
    result = run_step(probe(DANISH, GELATO), new_context())
    assert [(one["query"], one["hits"], one["passed"]) for one in result["probes"]] == [
        ("danish", 1, True),
        ("gelato", 1, True),
    ]


def test_an_explicit_refresh_reads_the_file_again(shop, sandbox):
    """It should make the release effective where the service does not refresh by itself."""
    sandbox.choose(search_auto_refresh="off")
    shop.release(SECOND, "v2")
    run_step(apply(shop), new_context())
    assert shop.titles("gelato") == set()
    run_step(apply(shop, refresh="explicit"), new_context())
    assert shop.titles("gelato") == {"ice cream"}


def test_a_shard_that_keeps_its_old_rules_fails_the_step(engine):
    """It should not take the answer 200 for a success (P07)."""
    body = index_settings(engine.reference_path)
    body["settings"]["index"]["analysis"]["filter"]["synonyms"]["lenient"] = False
    engine.index(body)
    engine.release("danish, croissant, \n", "v2")
    with pytest.raises(
        StepFailed, match=r"\d of \d+ shards failed.*refreshed were no indexes.*old rules go on serving"
    ):
        run_step(apply(engine, refresh="explicit"), new_context())
    assert engine.titles("danish") == {"croissant"}


def test_an_index_that_would_not_show_the_release_is_named(shop):
    """It should refuse an index of another package, one that is missing, and a field without synonyms."""
    with pytest.raises(
        BadInput, match="the package is at analyzers/F1, so the index is bound to another one"
    ):
        run_step(apply(shop, reference_path="analyzers/F1"), new_context())
    with pytest.raises(
        StepFailed, match=r"index shop: there is no such index or alias\. Run synonym_bootstrap"
    ):
        run_step(apply(shop, domain=configured(name="shop")), new_context())
    with pytest.raises(BadInput, match="the index has no such field"):
        run_step(apply(shop, domain=configured(fields=["subtitle"])), new_context())


def test_a_dry_run_plans_the_refresh(shop):
    """It should read the index and send nothing that changes it."""
    result = run_step(apply(shop, refresh="explicit", reference_path=""), new_context(dry_run=True))
    (call,) = result["planned_calls"]
    assert (call["service"], call["operation"]) == (
        "opensearch-http",
        "POST /_plugins/_refresh_search_analyzers/products",
    )
    assert run_step(probe(GELATO), new_context(dry_run=True)) == {"planned_calls": []}


def test_probes_wait_for_the_release_to_arrive(shop):
    """It should ask again until its time has run out, and then say what is not as it must be."""
    from datetime import timedelta

    wanted = {**DANISH, "finds": ["hightop"], "not_finds": ["croissant"]}
    operator = probe(wanted, GELATO, timeout=timedelta(seconds=1), poll_interval=0.2)
    with pytest.raises(CheckFailed) as caught:
        run_step(operator, new_context())
    assert "'danish' in products.title does not find 'hightop' and finds 'croissant'" in str(caught.value)
    assert "'gelato' in products.title does not find 'ice cream'" in str(caught.value)
    assert len(shop.sandbox.calls("DescribeDomain")) > 2


def test_probes_search_what_applications_search(engine):
    """It should go by the alias, and pass over the probes of other indexes."""
    engine.index(index_settings(engine.reference_path, alias="live"), "products")
    operator = probe(DANISH, {**DANISH, "index": "elsewhere"})
    operator.domain = configured(alias="live")
    assert [one["index"] for one in run_step(operator, new_context())["probes"]] == ["live"]
