"""A release that does not prove itself gives way to the one before, and the run fails."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from switchyard.errors import NotAllowed, StepFailed
from switchyard.operators.synonyms.apply import ApplyToIndexesOperator
from switchyard.operators.synonyms.releases import Release, lock_key, release_key
from switchyard.operators.synonyms.roll_back import RollBackOperator
from tests.support.control_plane import Store, run_step
from tests.support.release_world import (
    ANALYSIS,
    BUCKET,
    DANISH,
    FIRST,
    FOLDER,
    GELATO,
    OTHER_STAMP,
    PACKAGE,
    SECOND,
    STAMP,
    configured,
    digest,
    index_settings,
    run_context,
    step_settings,
)

BAD = "gelato, frozen pizza\n"


def roll_back(text=BAD, previous=FIRST, **changes):
    settings = {
        "package_name": PACKAGE,
        "bucket": BUCKET,
        "folder": FOLDER,
        "lock_key": lock_key(FOLDER),
        "sha256": digest(text),
        "version": "v2",
        "previous_sha256": digest(previous) if previous else "",
        "domains": [configured()],
        "analysis": ANALYSIS,
        "refresh": "auto",
        "probes": [DANISH],
        "settle_seconds": 2.0,
        **changes,
    }
    return RollBackOperator(**step_settings(**settings))


@pytest.fixture
def shop(engine):
    """A domain whose second release is bad."""
    engine.index(index_settings(engine.reference_path))
    engine.update_package(BAD, STAMP)
    while engine.look() != ("AVAILABLE", "v2"):
        pass
    engine.associate()
    engine.wait_until_associated("v2")
    return engine


def test_the_release_before_is_live_again(shop, race):
    """It should publish the old bytes as a new version, prove them, and fail the run in plain words (P09)."""
    assert (shop.titles("danish"), shop.titles("gelato")) == (set(), {"frozen pizza"})
    with pytest.raises(
        StepFailed,
        match=rf"release {digest(BAD)[:12]} of run {STAMP}: it did not prove itself, so the release before "
        rf"\({digest(FIRST)[:12]}\) was published again as version v3, and its searches hold\. Correct the rows",
    ):
        run_step(roll_back(), run_context())
    assert (shop.titles("danish"), shop.titles("gelato")) == ({"croissant"}, set())
    assert shop.look_at_domain() == ("ACTIVE", "v3")
    assert shop.messages()[-1] == Release(digest(FIRST), 0, STAMP).message
    assert shop.made("UpdatePackage") == 2


def test_a_second_clear_converges(shop):
    """It should find what it has done, change nothing more, and end in the same words."""
    with pytest.raises(StepFailed) as first:
        run_step(roll_back(), run_context())
    shop.changes()
    cleared = run_context()
    cleared["ti"].max_tries = 1
    with pytest.raises(StepFailed) as second:
        run_step(roll_back(), cleared)
    assert str(second.value) == str(first.value)
    assert shop.changes() == {}


def test_an_update_that_never_reached_the_domains_is_taken_back(engine):
    """It should bring the package back where no domain has taken the bad version over."""
    engine.index(index_settings(engine.reference_path))
    engine.update_package(BAD, STAMP)
    with pytest.raises(StepFailed, match="published again as version v3, and its searches hold"):
        run_step(roll_back(), run_context())
    assert engine.look_at_domain() == ("ACTIVE", "v3")


def test_a_lost_answer_does_not_publish_twice(shop, race, sandbox):
    """It should find its own update, as the update of the release does."""
    sandbox.fault("es:UpdatePackage", "lost-response")
    with pytest.raises(StepFailed, match="as version v3"):
        run_step(roll_back(), run_context(Store()))
    assert shop.made("UpdatePackage") == 2


@pytest.mark.parametrize(
    ("previous", "message"),
    [
        ("", "the release before: its origin is not known, so that release .* stays live"),
        ("never, stored\n", r"its file s3://.*/synonyms/products/\w{64}\.txt is gone"),
    ],
)
def test_nothing_to_go_back_to_is_told(shop, previous, message):
    """It should say what stays live, and touch nothing."""
    shop.changes()
    with pytest.raises(StepFailed, match=message):
        run_step(roll_back(previous=previous), run_context())
    assert shop.changes() == {}


def test_old_searches_that_do_not_hold_are_told(shop):
    """It should not say that all is well when something else is wrong."""
    with pytest.raises(StepFailed, match="and its searches hold"):
        run_step(roll_back(), run_context())
    resumed = Store({"rolled_back_to": "v3", "back products": shop.reference_path})
    resumed.set("step_clock", {"generation": 0, "deadline": time.time() + 1})
    with pytest.raises(StepFailed, match=r"as version v3, but its searches do not hold either: 'gelato'"):
        run_step(roll_back(probes=[GELATO]), run_context(resumed))


def test_another_hand_is_not_rolled_back(shop):
    """It should leave alone what is not the release of this run."""
    shop.release(SECOND, "v3")
    with pytest.raises(NotAllowed, match=r"at version v3 with release \w{12} of run " + OTHER_STAMP):
        run_step(roll_back(), run_context())
    assert shop.look_at_domain() == ("ACTIVE", "v3")


def test_an_explicit_refresh_is_asked_for(shop, sandbox):
    """It should bring the old rules into effect where the service does not."""
    sandbox.choose(search_auto_refresh="off")
    with pytest.raises(StepFailed, match="and its searches hold"):
        run_step(roll_back(refresh="explicit"), run_context())
    assert shop.titles("danish") == {"croissant"}


@pytest.mark.parametrize("moved", [True, False])
def test_documents_are_indexed_again_with_the_old_rules(engine, moved):
    """It should go back without losing what was written since; and take a half-made index away."""
    meta = {"pipeline": step_settings()["pipeline"], "version": "v1", "made_at": "2026-01-01T00:00:00+00:00"}
    body = index_settings(engine.reference_path, use="index_time", alias="shop", meta=meta)
    engine.index(body, "products-v1")
    engine.update_package(BAD, STAMP)
    while engine.look() != ("AVAILABLE", "v2"):
        pass
    engine.associate()
    engine.wait_until_associated("v2")
    domain = configured(use="index_time", alias="shop")
    forward = ApplyToIndexesOperator(
        **step_settings(
            domain=domain,
            reference_path=engine.reference_path,
            version="v2",
            analysis=ANALYSIS,
            refresh="auto",
            timeout=timedelta(seconds=30 if moved else 0),
        )
    )
    if moved:
        run_step(forward, run_context())
        engine.add("shop", "brioche")
    else:
        with pytest.raises(StepFailed, match="time ran out"):
            run_step(forward, run_context())
    with pytest.raises(StepFailed, match="and its searches hold"):
        run_step(roll_back(domains=[domain]), run_context())
    assert engine.titles("danish", "shop") == {"croissant"}
    assert engine.titles("gelato", "shop") == set()
    assert engine.alias("shop") == {"products-v3" if moved else "products-v1"}
    assert engine.titles("brioche", "shop") == ({"brioche"} if moved else set())
    engine.add("shop", "muffin")
    assert engine.alias("products-v2") == ({"products-v2"} if moved else set())


@pytest.mark.parametrize("version", [None, ""])
def test_a_release_that_was_never_taken_over_is_left_alone(shop, version):
    """It should be skipped where an earlier step failed, as the package does not have the release."""
    shop.changes()
    with pytest.raises(AirflowSkipException, match="never took the release over"):
        run_step(roll_back(version=version), run_context())
    assert shop.changes() == {}


def test_the_old_file_is_found_by_its_hash(shop):
    """It should read the object that the release before was published from."""
    with pytest.raises(StepFailed, match="published again"):
        run_step(roll_back(), run_context())
    body = shop.client("s3").get_object(Bucket=BUCKET, Key=release_key(FOLDER, digest(FIRST)))["Body"]
    assert body.read().decode() == FIRST


def test_a_dry_run_has_nothing_to_take_back(shop):
    """It should plan nothing, as nothing was published."""
    shop.changes()
    assert run_step(roll_back(), run_context(dry_run=True)) == {"planned_calls": []}
    assert shop.changes() == {}
