"""What the ledger keeps of recoveries, against a real PostgreSQL server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from switchyard.ledger import LedgerUnavailable
from switchyard.ledger.recoveries import FailedStep, RecoveryLedger

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
RUN = {"dag_id": "recovery_restore__orders", "run_id": "scheduled__drill"}
TEST = {**RUN, "pipeline": "aurora_recovery/orders", "mode": "test"}


@pytest.fixture
def ledger(ledger_dsn):
    return RecoveryLedger(ledger_dsn)


def test_a_test_says_what_it_was_asked_for_and_why_it_ended(ledger, query):
    """It should keep the mode, the asked instant, the class, the step that failed and its words."""
    ledger.record_recovery_test(
        **TEST, outcome="running", as_of=NOON, instance_class="db.t4g.medium", stamp="s"
    )
    ledger.record_recovery_test(
        **TEST, outcome="failed", failed_step="check_candidate", reason="rows of payment: expected 9, found 8"
    )

    (row,) = query("SELECT * FROM switchyard.recovery_test")
    assert (row["mode"], row["outcome"], row["as_of"]) == ("test", "failed", NOON)
    assert (row["instance_class"], row["failed_step"]) == ("db.t4g.medium", "check_candidate")
    assert row["reason"].endswith("found 8")


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("running", "failed", "The run was ended before its evidence was recorded."),
        ("proved", "proved", None),
        ("failed", "failed", None),
    ],
)
def test_a_teardown_ends_a_test_that_nothing_else_ended(ledger, query, before, after, reason):
    """It should note when the candidate was gone, and change the outcome of a test without one alone."""
    ledger.record_recovery_test(**TEST, outcome=before, finished_at=None if before == "running" else NOON)
    ledger.record_torn_down(**RUN, at=NOON + timedelta(minutes=2))

    (row,) = query("SELECT outcome, reason, torn_down_at, finished_at FROM switchyard.recovery_test")
    assert (row["outcome"], row["reason"]) == (after, reason)
    assert row["torn_down_at"] == NOON + timedelta(minutes=2)
    assert row["finished_at"] == (row["torn_down_at"] if before == "running" else NOON)


def test_an_approval_keeps_question_and_answer(ledger, query):
    """It should complete one row per gate, from the question to who answered it, when and with what words."""
    ledger.record_recovery_approval(
        **RUN,
        gate="swap",
        asked_at=NOON,
        deadline_at=NOON + timedelta(hours=1),
        subject="Swap?",
        body="| a |",
    )
    ledger.record_recovery_approval(**RUN, gate="retire", asked_at=NOON)
    (asked,) = query("SELECT decision, decided_by FROM switchyard.recovery_approval WHERE gate = 'swap'")
    assert asked == {"decision": "waiting", "decided_by": None}

    answer = {"decision": "rejected", "decided_by": "alice", "decided_at": NOON, "comment": "not today"}
    ledger.record_recovery_approval(**RUN, gate="swap", **answer)
    (row,) = query("SELECT * FROM switchyard.recovery_approval WHERE gate = 'swap'")
    assert {name: row[name] for name in answer} == answer
    assert (row["subject"], row["asked_at"]) == ("Swap?", NOON)


def test_failed_steps_come_in_their_order(ledger):
    """It should tell what failed first, and not what failed and then went well."""
    for minute, (task_id, state) in enumerate(
        [("copy_locally", "success"), ("swap_names", "failed"), ("check_candidate", "failed")]
    ):
        ledger.record_step(
            **RUN, task_id=task_id, map_index=-1, state=state, summary=f"{task_id} ended",
            finished_at=NOON - timedelta(minutes=minute),
        )  # fmt: skip
    assert ledger.failed_steps(**RUN) == [
        FailedStep("check_candidate", "check_candidate ended"),
        FailedStep("swap_names", "swap_names ended"),
    ]


def test_a_lost_ledger_is_an_error(postgres):
    """It should not let a run claim what could not be recorded."""
    lost = RecoveryLedger(postgres.dsn("nowhere"))
    with pytest.raises(LedgerUnavailable, match="cannot be written"):
        lost.record_recovery_approval(**RUN, gate="swap")
