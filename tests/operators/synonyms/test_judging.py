"""Comparing a release with the live one, asking a person about it, and writing down what came of it."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowSkipException, DownstreamTasksSkipped, TaskAwaitingInput
from airflow.sdk.execution_time import task_runner
from psycopg2.extensions import parse_dsn

from switchyard.errors import CheckFailed
from switchyard.ledger import LedgerUnavailable
from switchyard.operators import recorders
from switchyard.operators.synonyms.approve import ApproveChangeOperator
from switchyard.operators.synonyms.compare import CompareReleasesOperator
from switchyard.operators.synonyms.probe import ProbeSearchOperator
from switchyard.operators.synonyms.publish import PublishFileOperator
from switchyard.operators.synonyms.record import RecordReleaseOperator
from tests.ledger.conftest import query
from tests.support.control_plane import new_context, run_step
from tests.support.dag_runner import Questions
from tests.support.release_world import (
    BUCKET,
    DANISH,
    FIRST,
    GELATO,
    PIPELINE,
    SECOND,
    STAMP,
    configured,
    digest,
    index_settings,
    step_settings,
)

__all__ = ["query"]

DIFF = {
    "added": 1,
    "removed": 0,
    "changed": 0,
    "unchanged": 1,
    "sample": [{"kind": "added", "before": None, "after": "frozen custard, gelato, ice cream"}],
}
BUILT = {
    "changed": True,
    "sha256": digest(SECOND),
    "rules": 2,
    "key": f"synonyms/products/{digest(SECOND)}.txt",
    "draft_key": f"synonyms/products/drafts/{STAMP}.txt",
    "package_version": "v1",
    "package_sha256": digest(FIRST),
    "live_version": "v1",
    "live_sha256": digest(FIRST),
    "live_key": f"synonyms/products/{digest(FIRST)}.txt",
    "diff": DIFF,
    "remarks": [],
    "probes": [DANISH, GELATO],
    "live_probes": [DANISH],
}


def compare(*, dry_run=False, **changed):
    settings = {"built": BUILT | changed.pop("built", {}), "max_shrink_percent": "30.0", **changed}
    return run_step(CompareReleasesOperator(**step_settings(**settings)), new_context(dry_run=dry_run))


def test_a_change_is_shown_with_its_rules(world, capsys):
    """It should print the rules, and hand on a question and its explanation for a person."""
    found = compare()
    assert (found["changed"], found["change_percent"], found["summary"]) == (True, 50.0, "1 added")
    assert found["subject"] == "Publish these synonyms of products? 1 added"
    assert "\n- ` + frozen custard, gelato, ice cream `\n" in found["body"]
    assert "the run goes back by itself" in found["body"]
    assert "+ frozen custard, gelato, ice cream" in capsys.readouterr().out
    assert "cannot go back by itself" in compare(built={"live_key": ""})["body"]


def test_a_question_shows_each_rule_as_it_is(world):
    """It should give each rule a line of a Markdown list, with no sign of Markdown in it taken for one."""
    rules = ["*bold*, <b>", "a`b, ``c"]
    sample = [{"kind": "changed", "before": rules[0], "after": rules[1]}]
    body = compare(built={"diff": DIFF | {"added": 0, "changed": 1, "sample": sample}})["body"]
    assert "\n\n- ` - *bold*, <b> `\n- ``` + a`b, ``c ```\n\n" in body


def test_no_change_is_said(world):
    """It should say which version has the rules already."""
    found = compare(built={"changed": False})
    assert (found["changed"], found["summary"]) == (False, "unchanged: nothing to publish")
    assert found["body"].startswith("Unchanged: version v1 has these 2 rules already.")


SHRUNK = {"diff": DIFF | {"removed": 4, "unchanged": 6, "added": 0, "sample": []}}


def test_a_great_loss_is_refused(world, recorded, query):
    """It should stop the run before anything changes, and write down why."""
    with pytest.raises(
        CheckFailed, match=r"10 rules would become 6; 40% would go, 30% may\. .*force the run"
    ):
        compare(built=SHRUNK)
    (row,) = query("SELECT state, reason, rules_removed FROM switchyard.synonym_release")
    assert (row["state"], row["rules_removed"]) == ("refused", 4)
    assert "SHRINK_GUARD" in row["reason"]


@pytest.mark.parametrize("allowed", [{"force": "True"}, {"max_shrink_percent": "40"}])
def test_a_great_loss_may_be_wanted(world, allowed):
    """It should let it through where the run is forced or more may be lost."""
    assert compare(built=SHRUNK, **allowed)["changed"]


def test_what_is_unchanged_is_done_with(world, recorded, query):
    """It should write down when the live release was last confirmed."""
    compare(built={"changed": False})
    (row,) = query("SELECT * FROM switchyard.synonym_release")
    assert (row["state"], row["live_version"]) == ("unchanged", "v1")
    assert row["finished_at"] is not None


def test_changes_are_written_down(world, recorded, query):
    """It should keep the first changes beside their number."""
    compare()
    (row,) = query("SELECT * FROM switchyard.synonym_release")
    assert (row["rules_added"], row["rules_unchanged"], row["previous_sha256"]) == (1, 1, digest(FIRST))
    assert query("SELECT kind, after FROM switchyard.synonym_change") == [
        {"kind": "added", "after": "frozen custard, gelato, ice cream"}
    ]


# The question to a person.

CHANGE = {"changed": True, "change_percent": 50.0, "subject": "Publish?", "body": "+ gelato"}


@pytest.fixture
def ask(monkeypatch):
    """An approval in a DAG with a step after it, what it asks, and how it is run."""
    questions = Questions()
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", questions, raising=False)

    def make(**changed):
        settings = {
            "task_id": "approve_change",
            "change": CHANGE,
            "percent_without_approval": "20",
            "response_timeout": timedelta(hours=12),
            "on_timeout": "reject",
            "approvers": ("alice",),
            "pipeline": PIPELINE,
            "stamp": STAMP,
            **changed,
        }
        with DAG("synonym_refresh__products", default_args={"retries": 3}):
            step = ApproveChangeOperator(**settings)
            step >> PublishFileOperator(
                bucket=BUCKET, draft_key="", key="", sha256="", **step_settings(task_id="publish_file")
            )
        return step

    return SimpleNamespace(questions=questions, make=make)


def context_of(step, **params):
    instance = SimpleNamespace(
        id=uuid.UUID(int=7), max_tries=0, map_index=-1, xcom_push=lambda **_: None, task_id=step.task_id
    )
    return new_context(**params) | {"ti": instance, "task_instance": instance, "task": step}


def test_a_large_change_is_asked_about(ask):
    """It should park the task with the diff, the allowed people, the time for an answer, and what none means."""
    step = ask.make()
    with pytest.raises(TaskAwaitingInput) as waiting:
        step.execute(context_of(step))
    assert (waiting.value.method_name, waiting.value.timeout) == ("execute_complete", timedelta(hours=12))
    (asked,) = ask.questions.asked
    assert (asked["subject"], asked["body"]) == ("Publish?", "+ gelato")
    assert (asked["options"], asked["defaults"]) == (["Approve", "Reject"], ["Reject"])
    assert asked["assigned_users"] == [{"id": "alice", "name": "alice"}]
    assert step.retries == 0


def test_no_answer_may_mean_approval(ask):
    """It should take what is configured for no answer."""
    step = ask.make(on_timeout="approve", approvers=())
    with pytest.raises(TaskAwaitingInput):
        step.execute(context_of(step))
    (asked,) = ask.questions.asked
    assert (asked["defaults"], asked["assigned_users"]) == (["Approve"], [])


def test_a_small_change_passes(ask):
    """It should ask nobody up to the limit."""
    step = ask.make(percent_without_approval="50")
    assert "nobody is asked up to 50 %" in step.execute(context_of(step))["reason"]
    assert ask.questions.asked == []


def test_a_dry_run_asks_nobody(ask):
    """It should go on to the plans of the later steps."""
    step = ask.make()
    assert step.execute(context_of(step, dry_run=True))["reason"] == "nobody is asked in a dry run"


def test_nothing_to_publish_skips(ask):
    """It should be skipped, and with it all that comes after."""
    step = ask.make(change=CHANGE | {"changed": False})
    with pytest.raises(AirflowSkipException, match="has these rules already"):
        step.execute(context_of(step))


ANSWER = {"params_input": {}, "responded_at": datetime(2026, 2, 1, tzinfo=UTC)}


def test_an_approval_is_written_down(ask, recorded, query):
    """It should keep who approved, and go on."""
    step = ask.make()
    answer = ANSWER | {"chosen_options": ["Approve"], "responded_by_user": {"id": "7", "name": "alice"}}
    assert step.execute_complete(context_of(step), answer)["chosen_options"] == ["Approve"]
    (row,) = query("SELECT * FROM switchyard.synonym_release")
    assert (row["approved_by"], row["state"]) == ("alice", "built")


@pytest.mark.parametrize(
    ("who", "named"), [({"id": "7", "name": "alice"}, "alice"), (None, "nobody in time")]
)
def test_a_rejection_is_written_down(ask, recorded, query, who, named):
    """It should skip the next step, and keep who rejected; or that nobody answered in time."""
    step = ask.make()
    answer = ANSWER | {"chosen_options": ["Reject"], "responded_by_user": who}
    with pytest.raises(DownstreamTasksSkipped) as skipped:
        step.execute_complete(context_of(step), answer)
    assert skipped.value.tasks == ["publish_file"]
    (row,) = query("SELECT * FROM switchyard.synonym_release")
    assert (row["state"], row["reason"], row["approved_by"]) == ("rejected", f"rejected by {named}", None)


def test_an_approval_tells_the_recorders(ask, monkeypatch):
    """It should show in the ledger's steps like any other step."""
    told = []
    monkeypatch.setattr(
        recorders, "step_recorders", [lambda _context, state, summary, _result: told.append((state, summary))]
    )
    step = ask.make()
    with pytest.raises(TaskAwaitingInput):
        step.execute(context_of(step))
    assert told == [("running", ""), ("waiting", "waiting for an answer: 50.0 % of the rules change")]


# The record.


def record(**changed):
    settings = {
        "updated": {"package_id": "F1", "version": "v2", "sha256": "ab" * 32},
        "associated": [{"domain": "products", "version": "v2", "reference_path": "analyzers/F1"}],
        "applied": [{"domain": "products", "indexes": ["products"], "replaced": []}],
        "probed": [
            {
                "domain": "products",
                "probes": [
                    {
                        "query": "gelato",
                        "index": "products",
                        "field": "title",
                        "hits": 1,
                        "missing": [],
                        "unwanted": [],
                        "passed": True,
                    }
                ],
            }
        ],
        "probes": [GELATO],
        "probing_task_id": "probe_search",
        **changed,
    }
    return RecordReleaseOperator(**step_settings(**settings))


def test_a_live_release_is_recorded_with_its_proof(world, recorded, query):
    """It should keep version, content, domains and each probe with what it had to find; twice changes nothing."""
    for _ in range(2):
        found = run_step(record(), new_context())
    assert found["summary"] == "version v2 is live on products"
    (row,) = query("SELECT * FROM switchyard.synonym_release")
    assert (row["state"], row["version"], row["live_version"]) == ("live", "v2", "v2")
    assert row["sha256"] == "ab" * 32
    assert row["evidence"]["domains"][0]["domain"] == "products"
    (probe,) = query("SELECT * FROM switchyard.synonym_probe")
    assert (probe["query"], probe["finds"], probe["not_finds"]) == ("gelato", ["ice cream"], ["frozen pizza"])
    assert (probe["task_id"], probe["passed"], probe["hits"]) == ("probe_search", True, 1)


def test_failed_searches_are_recorded_too(engine, recorded, query):
    """It should write down what a release did not find, since nothing is recorded of it later."""
    engine.index(index_settings(engine.reference_path))
    settings = step_settings(domain=configured(), probes=[DANISH, GELATO], timeout=timedelta(seconds=0.1))
    with pytest.raises(CheckFailed, match=r"'gelato' in products\.title does not find 'ice cream'"):
        run_step(ProbeSearchOperator(**settings), new_context())
    probes = query("SELECT query, finds, missing, passed FROM switchyard.synonym_probe ORDER BY number")
    assert [(one["query"], one["missing"], one["passed"]) for one in probes] == [
        ("danish", [], True),
        ("gelato", ["ice cream"], False),
    ]
    assert probes[1]["finds"] == ["ice cream"]


def test_a_release_is_not_live_unrecorded(world, postgres, monkeypatch):
    """It should turn red where the ledger is lost, so that somebody looks."""
    place = parse_dsn(postgres.dsn("a_database_that_does_not_exist"))
    connection = {
        "conn_type": "postgres",
        "host": place["host"],
        "port": int(place["port"]),
        "schema": "nowhere",
    }
    connection |= {"login": place["user"], "password": place["password"]}
    monkeypatch.setenv("AIRFLOW_CONN_SWITCHYARD_LEDGER", json.dumps(connection))
    with pytest.raises(LedgerUnavailable, match="Check that PostgreSQL runs"):
        run_step(record(), new_context())
