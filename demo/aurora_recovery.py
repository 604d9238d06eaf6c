"""Pipeline 1 in front of one's eyes: a recovery point is made, announced, restored, proved, swapped in, and drilled."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from demo import account, pipelines, recovery_drill
from demo.airflow_api import AirflowApi
from demo.airflow_settings import APPROVER
from demo.clients import Phase, Reader, Target, Writer, harmful
from demo.clients import database as cluster_database
from demo.processes import DemoError
from demo.stack import Stack
from sandbox.seed import sakila

WORLD = "orders"
CLUSTER = "orders"
ORDERS = "aurora_recovery/orders"
POINT, RESTORE = "recovery_point__orders", "recovery_restore__orders"
SOURCE, TARGET = ("source", "us-west-2"), ("target", "us-west-1")
MARKER = "SELECT max(rental_id) FROM rental"
TABLES = ("rental", "payment")

PARSED_SECONDS = 90
POINT_SECONDS = 300
ANNOUNCED_SECONDS = 120
RESTORE_SECONDS = 600
SEEN_SECONDS = 30


def run(stack: Stack) -> None:
    """Run the pipeline and print what happened.

    Raises:
        DemoError: something that should have happened did not.
    """
    api = stack.api()
    account.title("Aurora recovery: from one account and Region into another")
    stack.sandbox.client().seed(WORLD)
    source, target = database(stack, *SOURCE), database(stack, *TARGET)
    before = _counts(target)
    old = target.ask(MARKER)
    account.line(
        f"Source cluster {CLUSTER} in {SOURCE[1]}: {_described(_counts(source))}, and a writer at work"
    )
    account.line(f"Live cluster {CLUSTER} in {TARGET[1]}: {_described(before)}, an older state, and a reader")
    rent = _rent(Random(1))  # noqa: S311 - chooses films to rent
    asking = pipelines.changed(
        stack.home / "pipelines", ORDERS, approval={"swap": True, "approvers": [APPROVER]}
    )
    with asking, Writer(source, rent) as writer, Reader(target, MARKER) as reader:
        reader.wait_for(lambda marker: marker == old, seconds=SEEN_SECONDS)
        runs = run_both(api, lambda restore: _approve(stack, restore))
        new = reader.wait_for(lambda marker: marker != old, seconds=SEEN_SECONDS)
        writer.check()
        after = _counts(target)
    _require_swap(reader.phases, old, new)
    _print_account(stack, runs, Seen(before, after, reader.phases, writer.written))
    drill = recovery_drill.run(stack, api)
    account.skips(account.Ledger(stack.ledger_dsn), RESTORE, drill)
    recovery_drill.print_evidence(stack, {"the swap": runs.restore, "the drill": drill})


@dataclass(frozen=True)
class Runs:
    """Ids of the two runs: the one that was triggered, and the one that its message started."""

    point: str
    restore: str


@dataclass(frozen=True)
class Seen:
    """What the clients saw: rows of the live database before and after, phases of the reader, rows written."""

    before: dict[str, int]
    after: dict[str, int]
    phases: list[Phase]
    written: int


def run_both(api: AirflowApi, answer: Callable[[str], None] | None = None) -> Runs:
    """Trigger the first half, wait for it and for the second half that its message starts.

    Args:
        api: Airflow.
        answer: answers what the second half asks people, whose run id it gets; None where it asks nothing.
    """
    for dag_id in (RESTORE, POINT):
        account.wait_for_dag(api, dag_id, seconds=PARSED_SECONDS)
        api.unpause(dag_id)
    known = {run["dag_run_id"] for run in api.runs(RESTORE)}
    point = api.trigger(POINT)
    account.line(f"Triggered {POINT}: {api.url}/dags/{POINT}/runs/{point}")
    account.require_success(api, POINT, point, seconds=POINT_SECONDS)
    account.line("The recovery point is announced; its message is to start the restore by itself")
    restore = started_by_message(api, known)
    account.line(f"Started {RESTORE}: {api.url}/dags/{RESTORE}/runs/{restore}")
    if answer:
        answer(restore)
    account.require_success(api, RESTORE, restore, seconds=RESTORE_SECONDS)
    return Runs(point, restore)


def _approve(stack: Stack, restore: str) -> None:
    """Answer as another user than the one who started it all, through the API."""
    asked = stack.api(APPROVER).decide(
        RESTORE, restore, "approve_swap", "Approve", seconds=RESTORE_SECONDS, comment="the checks are good"
    )
    account.line(f"It asks before anything live changes: {asked['subject']}")
    account.line(f"The user {APPROVER}, who alone may, has approved it through Airflow's API")


def started_by_message(api: AirflowApi, known: set[str]) -> str:
    """Wait for a restore that a message has started, and return its run id; `known` are the runs before it.

    Raises:
        DemoError: none started in time.
    """
    deadline = time.monotonic() + ANNOUNCED_SECONDS
    while time.monotonic() < deadline:
        for run in api.runs(RESTORE):
            if run["run_type"] == "asset_triggered" and run["dag_run_id"] not in known:
                return str(run["dag_run_id"])
        time.sleep(0.5)
    raise DemoError(f"no message started {RESTORE} within {ANNOUNCED_SECONDS} s; see the triggerer's log")


def database(stack: Stack, account_name: str, region: str) -> Target:
    """The database behind an account's live endpoint."""
    return cluster_database(stack.sandbox, account_name, region, CLUSTER)


def _rent(rng: Random) -> Any:
    def rent(connection: Any) -> int:
        sakila.activity(connection, 1, rng)
        return 1

    return rent


def _counts(database: Target) -> dict[str, int]:
    return {table: int(database.ask(f"SELECT count(*) FROM {table}")) for table in TABLES}  # noqa: S608


def _described(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {table}s" for table, count in counts.items())


def _require_swap(phases: list[Phase], old: object, new: object) -> None:
    """The reader saw old data, then new data, gaps between them at most, and no error that reconnecting leaves."""
    if wrong := harmful(phases):
        raise DemoError(
            f"the reader met errors that an application cannot mend by connecting again: {dict(wrong)}"
        )
    data = [phase.marker for phase in phases if not phase.gap]
    if sorted(set(data), key=data.index) != [old, new]:
        raise DemoError(f"the reader saw the states {data} where {[old, new]} were to be seen")


def _print_account(stack: Stack, runs: Runs, seen: Seen) -> None:
    ledger = account.Ledger(stack.ledger_dsn)
    for dag_id, run_id in ((POINT, runs.point), (RESTORE, runs.restore)):
        account.steps(ledger, dag_id, run_id)
    account.title("What the clients saw")
    account.line(f"writer at the source: {seen.written} rentals with their payments, without interruption")
    attempts = sum(phase.attempts for phase in seen.phases)
    account.line(f"reader at the live endpoint, {attempts} new connections:")
    account.phases(seen.phases, "last rental")
    account.table(
        ("live database", "rows before", "rows after"),
        [(table, str(seen.before[table]), str(seen.after[table])) for table in TABLES],
    )
    _print_evidence(ledger, runs)


def _print_evidence(ledger: account.Ledger, runs: Runs) -> None:
    test = ledger.one("recovery_test", dag_id=RESTORE, run_id=runs.restore)
    point = ledger.one("recovery_point", dag_id=POINT, run_id=runs.point)
    if test["snapshot_arn"] not in (point["snapshot_arn"], point["copy_arn"]):
        raise DemoError(f"restored was {test['snapshot_arn']}, not this demo's {point['copy_arn']}")
    checks = ledger.rows("check_result", dag_id=RESTORE, run_id=runs.restore)
    if not checks or not all(check["passed"] for check in checks):
        raise DemoError("the ledger does not hold passed checks of the restored cluster")
    account.title("What the ledger holds")
    for name, what in (("rpo", "age of the restored data"), ("rto", "until the data was proved live")):
        achieved, objective = float(test[f"{name}_seconds"]), float(test[f"{name}_objective_seconds"])
        verdict = "met" if achieved <= objective else "MISSED"
        wanted = account.duration(objective)
        account.line(f"{name.upper()} {account.duration(achieved)} of {wanted}, {verdict} ({what})")
    account.line(f"{len(checks)} checks passed on the restored cluster")
    approval = ledger.one("recovery_approval", dag_id=RESTORE, run_id=runs.restore)
    account.line(f"swap {approval['decision']} by {approval['decided_by']}: {approval['comment']}")
    account.line(f"recovery point {point['snapshot_arn']}")
    account.line(f"         copy  {point['copy_arn']}")
