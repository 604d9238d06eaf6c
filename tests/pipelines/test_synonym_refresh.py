"""Both DAGs of a synonym set on a real database and real Lucene, undisturbed."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.support.dag_runner import DagRunner, TaskFailed
from tests.support.product_search import FROZEN_CUSTARD, ProductSearch

AFTER_COMPARISON = (
    "approve_change",
    "publish_file",
    "update_package",
    "associate_package",
    "apply_to_indexes",
    "probe_search",
    "record_release",
    "roll_back",
)
MAPPED = ("associate_package", "apply_to_indexes", "probe_search")


def planned(run: DagRunner) -> list[str]:
    """The calls that a dry run would have made, in order."""
    results = [found if isinstance(found, list) else [found] for found in run.results.values()]
    return [
        call["operation"] for found in results for result in found for call in result.get("planned_calls", [])
    ]


def test_inserted_row_reaches_the_search(shop: ProductSearch) -> None:
    """It should let gelato find ice cream, and nothing else, after its row came into the table."""
    shop.bootstrap()
    assert shop.titles("danish") == {"croissant"}
    assert shop.titles("gelato") == set()

    shop.insert(*FROZEN_CUSTARD)
    run = shop.run("synonym_refresh")

    assert shop.titles("gelato") == {"ice cream"}
    assert shop.titles("danish") == {"croissant"}
    assert run.states["probe_search"] == ["success"]
    assert run.states["roll_back"] == "skipped"
    assert shop.version() == run.results["update_package"]["version"] == "v2"
    assert [key for key in shop.objects() if "drafts" in key or "lock" in key] == []
    first, release = shop.ledger("SELECT * FROM switchyard.synonym_release ORDER BY built_at")
    assert (first["state"], first["version"], first["rules"]) == ("live", "v1", 1)
    assert (release["state"], release["version"], release["rules_added"]) == ("live", "v2", 1)
    probes = shop.ledger("SELECT query, passed FROM switchyard.synonym_probe ORDER BY number")
    assert [(one["query"], one["passed"]) for one in probes] == [("danish", True), ("gelato", True)]


def test_refresh_without_news_writes_nothing(shop: ProductSearch) -> None:
    """It should end well with every later step skipped, and without one changing call."""
    shop.bootstrap()
    shop.insert(*FROZEN_CUSTARD)
    shop.run("synonym_refresh")
    before = len(shop.calls())

    run = shop.run("synonym_refresh")

    assert shop.writes_after(before) == []
    assert len(shop.calls()) > before
    assert {name: run.states[name] for name in AFTER_COMPARISON} == {
        name: ["skipped"] if name in MAPPED else "skipped" for name in AFTER_COMPARISON
    }
    assert run.results["compare_releases"]["summary"] == "unchanged: nothing to publish"
    states = shop.ledger("SELECT state FROM switchyard.synonym_release ORDER BY built_at")
    assert [row["state"] for row in states] == ["live", "live", "unchanged"]


def test_changed_and_deleted_rows_leave_the_search(shop: ProductSearch) -> None:
    """It should rebuild the whole file, so that what is no longer in the table is no longer found."""
    shop.insert(*FROZEN_CUSTARD)
    shop.bootstrap()
    assert shop.titles("gelato") == {"ice cream"}

    shop.edit("UPDATE SynonymsTable SET Synonym_1 = 'sorbet' WHERE Base_Term = 'frozen custard'")
    shop.edit("DELETE FROM SynonymsTable WHERE Base_Term = 'danish'")
    shop.edit("INSERT INTO SynonymsTable (Base_Term, Synonym_1) VALUES ('danish', 'croissant')")
    run = shop.run("synonym_refresh")

    assert shop.titles("gelato") == set()
    assert shop.titles("sorbet") == {"ice cream"}
    changes = shop.ledger(
        f"SELECT * FROM switchyard.synonym_change WHERE run_id = '{run.run_id}' ORDER BY number"
    )
    assert [(one["kind"], one["before"], one["after"]) for one in changes] == [
        ("changed", "danish, croissant, pastry", "danish, croissant"),
        ("changed", "frozen custard, gelato, ice cream", "frozen custard, sorbet, ice cream"),
    ]


def test_poisoned_row_stops_the_run_and_names_itself(shop: ProductSearch) -> None:
    """It should fail the build with the row named, change nothing, and leave the search as it was."""
    shop.bootstrap()
    shop.insert("danish\nevil => x", "croissant", None)
    before = len(shop.calls())

    run = shop.runner("synonym_refresh")
    with pytest.raises(
        TaskFailed, match=r"(?s)build_release: .*1 errors; the first: error: row 2, .*\[CONTROL_CHAR\]"
    ):
        run.run()

    assert shop.writes_after(before) == []
    assert (run.states["publish_file"], run.states["roll_back"]) == ("upstream_failed", "skipped")
    assert shop.titles("danish") == {"croissant"}
    (release,) = shop.ledger("SELECT * FROM switchyard.synonym_release WHERE state = 'refused'")
    assert release["report"]["findings"][0]["row_id"] == "2"
    assert release["reason"].startswith("error: row 2, ")


def test_release_that_fails_its_probe_is_rolled_back(shop: ProductSearch) -> None:
    """It should bring the rules before back by itself and fail the run, which says what is live."""
    shop.insert(*FROZEN_CUSTARD)
    shop.bootstrap()
    shop.edit("UPDATE SynonymsTable SET Synonym_1 = 'frozen pizza' WHERE Base_Term = 'danish'")
    shop.edit("UPDATE SynonymsTable SET Synonym_2 = NULL WHERE Base_Term = 'danish'")

    run = shop.runner("synonym_refresh")
    with pytest.raises(
        TaskFailed, match=r"(?s)probe_search: .*'danish' in products.title does not find 'croissant'"
    ):
        run.run()

    assert run.outcomes["roll_back"][0].error_type == "StepFailed"
    assert "was published again as version v3" in run.outcomes["roll_back"][0].result
    assert (run.states["record_release"], run.states["clean_up"]) == ("upstream_failed", "success")
    assert shop.version() == "v3"
    assert shop.titles("danish") == {"croissant"}
    assert shop.titles("gelato") == {"ice cream"}
    (release,) = shop.ledger("SELECT * FROM switchyard.synonym_release WHERE state = 'rolled back'")
    assert release["live_version"] == "v3"
    failed = shop.ledger("SELECT query, missing FROM switchyard.synonym_probe WHERE NOT passed")
    assert failed == [{"query": "danish", "missing": ["croissant"]}]


def test_large_change_waits_for_a_person(shop: ProductSearch) -> None:
    """It should show the diff and wait; a rejection ends the run without a change, an approval goes on."""
    shop.bootstrap()
    shop.insert(*FROZEN_CUSTARD)
    before = len(shop.calls())
    answer = {"chosen_options": ["Reject"], "responded_by_user": {"id": "1", "name": "alice"}}
    asked = shop.run(
        "synonym_refresh", params={"percent_without_approval": 10}, answers={"approve_change": answer}
    )

    assert asked.states["publish_file"] == asked.states["record_release"] == "skipped"
    assert shop.writes_after(before) == ["PutObject", "DeleteObject"], shop.calls()[before:]
    assert shop.titles("gelato") == set()

    answer |= {"chosen_options": ["Approve"]}
    shop.run("synonym_refresh", params={"percent_without_approval": 10}, answers={"approve_change": answer})
    assert shop.titles("gelato") == {"ice cream"}
    rows = shop.ledger("SELECT state, approved_by, reason FROM switchyard.synonym_release ORDER BY built_at")
    assert [(row["state"], row["approved_by"], row["reason"]) for row in rows[1:]] == [
        ("rejected", None, "rejected by alice"),
        ("live", "alice", None),
    ]


def test_dry_run_plans_and_changes_nothing(shop: ProductSearch) -> None:
    """It should print report and comparison, plan every later call, and send none."""
    shop.bootstrap()
    shop.insert(*FROZEN_CUSTARD)
    before = len(shop.calls())

    run = shop.run("synonym_refresh", params={"dry_run": True})

    assert shop.writes_after(before) == []
    assert run.results["compare_releases"]["summary"] == "1 added"
    assert planned(run) == ["PutObject", "PutObject", "UpdatePackage", "AssociatePackage"]
    assert shop.titles("gelato") == set()
    assert [
        row["state"] for row in shop.ledger("SELECT state FROM switchyard.synonym_release ORDER BY built_at")
    ] == [
        "live",
        "planned",
    ]


def test_bootstrap_twice_is_harmless(shop: ProductSearch) -> None:
    """It should find everything in place, and make no changing call."""
    shop.bootstrap()
    shop.insert(*FROZEN_CUSTARD)
    before = len(shop.calls())

    run = shop.run("synonym_bootstrap")

    assert shop.writes_after(before) == []
    assert run.states["build_release"] == run.states["publish_file"] == "skipped"
    [indexes] = run.results["create_indexes"]
    assert (indexes["domain"], indexes["created"], indexes["found"]) == ("products", [], ["products"])


def test_dry_bootstrap_makes_nothing(shop: ProductSearch) -> None:
    """It should plan package, association and index from nothing, and send no changing call."""
    before = len(shop.calls())

    run = shop.run("synonym_bootstrap", params={"dry_run": True})

    assert shop.writes_after(before) == []
    assert planned(run) == ["PutObject", "CreatePackage", "AssociatePackage", "PUT /products"]


def test_refresh_needs_the_bootstrap(shop: ProductSearch) -> None:
    """It should refuse before anything changes, and name the DAG that makes what is missing."""
    before = len(shop.calls())
    with pytest.raises(
        TaskFailed, match=r"(?s)check_preconditions: .*Run the DAG synonym_bootstrap__products once"
    ):
        shop.run("synonym_refresh")
    assert shop.writes_after(before) == []


def test_postgresql_is_as_good_a_source(shop: ProductSearch, product_configuration: Path) -> None:
    """It should read the same table from Aurora PostgreSQL."""
    content = yaml.safe_load(product_configuration.read_text())
    content["source"] |= {
        "engine": "aurora-postgresql",
        "cluster_id": "catalog-pg",
        "secret_id": "switchyard/catalog-pg/login",
        "table": "synonyms_table",
    }
    product_configuration.write_text(yaml.safe_dump(content))
    shop.bootstrap()
    assert shop.titles("danish") == {"croissant"}
