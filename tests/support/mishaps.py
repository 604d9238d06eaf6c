"""A world in which much goes wrong, and runs that end well in it, or red with a remedy."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.config
import botocore.endpoint

from sandbox.client import Sandbox
from switchyard.aws import connections
from switchyard.errors import SwitchyardError
from tests.support.dag_runner import DagRunner, TaskFailed
from tests.support.federated_runs import clear_with_what_follows
from tests.support.restarts import crash
from tests.support.statements import Statement, cut, fill_disk, stand_around_statements

VARIABLE = "SWITCHYARD_FAULT_SEEDS"
"""Numbers, each of which chooses other calls; with none the tests take one kind and one seed."""
STALE_SECONDS = 2.0
RESTART_SECONDS = 60
EVENTUALLY = (
    "rds:Describe*", "dms:Describe*", "macie2:Describe*", "macie2:List*", "opensearch:Describe*", "opensearch:List*",
    "es:Describe*", "es:List*", "athena:Get*", "glue:Get*", "iam:Get*", "redshift-data:Describe*",
    "application-autoscaling:Describe*",
)  # fmt: skip
"""Reads of services that may show the state of a moment ago; S3 and SQS have their own rules."""

Rule = tuple[str, str, Mapping[str, Any]]
"""Operation, kind and details of a fault of the sandbox."""


@dataclass(frozen=True)
class Kind:
    """What goes wrong.

    Attributes:
        rules: faults of the sandbox.
        share: of the calls that go wrong.
        times: how many go wrong of each rule; None for no limit.
        read_timeout: seconds for which calls are waited for; 0 leaves it as it is.
        cuts: whether connections to databases break as well.
        fills: whether disks of databases are full at one statement.
        restarts: whether each database server ends at one statement, the ledger's too, and is started again.
        reverses: whether messages come the last first.
        often: whether so much goes wrong in a run that none passes without.
    """

    rules: tuple[Rule, ...] = ()
    share: float = 0.2
    read_timeout: float = 0
    times: int | None = None
    cuts: bool = False
    fills: bool = False
    restarts: bool = False
    reverses: bool = False
    often: bool = True

    @property
    def strikes_statements(self) -> bool:
        """Whether statements in databases go wrong, those in the ledger too."""
        return self.cuts or self.fills or self.restarts


KINDS: Mapping[str, Kind] = {
    "throttle": Kind((("*:*", "throttle", {}),)),
    "server-error": Kind((("*:*", "server-error", {}),)),
    "lost-response": Kind((("*:*", "lost-response", {}),)),
    "slow": Kind((("*:*", "slow", {"seconds": 0.2}),)),
    "time-out": Kind((("*:*", "slow", {"seconds": 3.0}),), share=0.05, read_timeout=2.0, often=False),
    "stale-read": Kind(tuple((one, "stale", {"seconds": STALE_SECONDS}) for one in EVENTUALLY), often=False),
    "busy-storage": Kind(
        (
            ("s3:Write/*", "error", {"code": "SlowDown"}),
            ("s3:Put*", "throttle", {}),
            ("s3:*Upload*", "throttle", {}),
        ),
        often=False,
    ),
    "broken-write": Kind(
        (
            ("s3:Write/*", "error", {"code": "InternalError", "message": "Please try again."}),
            ("s3:Put*", "lost-response", {}),
            ("s3:*Upload*", "server-error", {}),
        ),
        share=0.5,
        often=False,
    ),
    "messages": Kind(
        (("sns:Deliver", "duplicate", {}), ("firehose:Deliver", "duplicate", {})),
        share=1.0,
        reverses=True,
        often=False,
    ),
    "cut-connection": Kind(share=0.1, cuts=True, often=False),
    "restart": Kind(share=0.2, restarts=True, often=False),
    "full-disk": Kind(
        (
            (
                "redshift-data:Execute",
                "error",
                {"code": "1016", "message": "ERROR: Disk Full DETAIL: code: 1016"},
            ),
            ("dms:Load/*", "error", {"code": "STOPPED_DUE_TO_LOW_DISK"}),
            ("s3:Write/*", "error", {"code": "InternalError", "message": "Please try again."}),
        ),
        times=1,
        fills=True,
        often=False,
    ),
}
USUAL = "lost-response"
"""That of every run of the tests: AWS has done what was asked, and nobody is told."""


def chosen() -> list[tuple[str, int]]:
    """Kinds and seeds of this run of the tests."""
    seeds = [int(seed) for seed in os.environ.get(VARIABLE, "").split()]
    return [(kind, seed) for kind in (KINDS if seeds else (USUAL,)) for seed in seeds or [1]]


@dataclass
class Mishaps:
    """Runs DAGs while things go wrong, and counts; with no kind nothing does.

    Attributes:
        name: of the kind; "" for none.
        seed: chooses what goes wrong.
        folder: where it notes which statements were struck, and which servers are back; of its own.
        struck: how much went wrong.
        red: what ended red runs, each of which was cleared when nothing went wrong any more.
        clears_all: whether they are cleared as a whole, and not from the failed task on.
    """

    name: str
    seed: int
    folder: Path
    struck: int = 0
    red: list[str] = field(default_factory=list)
    clears_all: bool = False
    _endpoint_url: str = ""

    @property
    def kind(self) -> Kind:
        """What goes wrong."""
        return KINDS[self.name] if self.name else Kind()

    def run(self, run: DagRunner, sandbox: Sandbox) -> DagRunner:
        """Run it to a good end, if need be by clearing it later; a red end must say what to do.

        Raises:
            TaskFailed: it ended red without a remedy, or once more after it was cleared.
        """
        run.retried, run.before_try = True, self._before_try
        try:
            with self.at_work(sandbox):
                run.run()
        except TaskFailed as failed:
            if failed.outcome.error_type not in remedied():
                raise
            self.red.append(str(failed))
            run.before_try = _without_pauses
            first = run.dag.topological_sort()[0].task_id
            clear_with_what_follows(run, first if self.clears_all else failed.task_id)
        return run

    @contextmanager
    def at_work(self, sandbox: Sandbox) -> Iterator[None]:
        """Let things go wrong meanwhile."""
        for operation, kind, details in self.kind.rules:
            share = {"probability": self.kind.share, "seed": self.seed, "times": self.kind.times}
            sandbox.fault(operation, kind, **share, **details)
        with self._file.open("a") as file:
            file.write("\n")
        self._endpoint_url, before = sandbox.endpoint_url, self._count(sandbox)
        try:
            yield
        finally:
            if self.kind.restarts:
                self._wait_for_restarts()
            self.struck += self._count(sandbox) - before
            sandbox.clear_faults()

    def arrange(self, messages: list[Any]) -> list[Any]:
        """Messages in the order in which they come."""
        return messages[::-1] if self.kind.reverses else messages

    def _count(self, sandbox: Sandbox) -> int:
        calls = sum(one["fault"] is not None for one in sandbox.calls())
        inside = sum(one["hits"] for one in sandbox.faults() if one["kind"] in ("error", "duplicate"))
        return calls + inside + len(self._file.read_text().replace(".", "").replace("\n", ""))

    def _before_try(self, task_id: str) -> None:
        _without_pauses(task_id)
        if self.kind.read_timeout:
            short = botocore.config.Config(read_timeout=self.kind.read_timeout)
            connections._DEFAULTS = connections._DEFAULTS.merge(short)
        if self.kind.restarts:
            self._wait_for_restarts()  # Airflow's pause between two tries is longer than one takes
        if self.kind.strikes_statements:
            stand_around_statements(self._striking)

    def _striking(self, statement: Statement) -> AbstractContextManager[None]:
        draws = self._file.read_text()
        drawn = random.Random(f"{self.seed} {len(draws)}").random()  # noqa: S311 - repeatable on purpose
        what = "l" if self.kind.restarts and statement.is_of_ledger else "x"
        this_run = draws.rpartition("\n")[2]
        strikes = drawn < self.kind.share and (self.kind.cuts or what not in this_run)
        with self._file.open("a") as file:
            file.write(what if strikes else ".")
        if strikes:
            self._strike(statement.connection, len(draws))
        return nullcontext()

    def _strike(self, connection: Any, place: int) -> None:
        if self.kind.cuts:
            cut(connection)
        elif self.kind.restarts:
            crash(connection, self._endpoint_url, self._mark(place))
        else:
            fill_disk(connection)

    def _wait_for_restarts(self) -> None:
        places = [place for place, drawn in enumerate(self._file.read_text()) if drawn not in ".\n"]
        deadline = time.monotonic() + RESTART_SECONDS
        while not all(self._mark(place).exists() for place in places):
            assert time.monotonic() < deadline, "a database server was not started again"
            time.sleep(0.02)

    def _mark(self, place: int) -> Path:
        """What says that the server answers again that ended at a statement."""
        return self.folder / f"restarted-{place}"

    @property
    def _file(self) -> Path:
        """A line for each run, of a character for each statement: a point where it was let pass."""
        return self.folder / "statements"


def _without_pauses(_task_id: str) -> None:
    """Let botocore, in the process of a try, repeat a call at once."""
    botocore.endpoint.time = SimpleNamespace(time=time.time, sleep=lambda _seconds: None)


def remedied() -> set[str]:
    """Names of the errors that say what to do."""
    kinds = [SwitchyardError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    return {kind.__name__ for kind in kinds}
