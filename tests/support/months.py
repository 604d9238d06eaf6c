"""A month in minutes: the ticks of Airflow's timetables, the time of day moved on to each, and much going wrong."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG
from airflow.serialization.encoders import coerce_to_core_timetable
from airflow.timetables.base import TimeRestriction

from sandbox import machine_time
from sandbox.client import Sandbox
from switchyard.ledger.recorders import record_run_success
from tests.support.dag_runner import DagRunner
from tests.support.mishaps import KINDS, Mishaps

REPOSITORY = Path(__file__).parents[2]
DAYS = "SWITCHYARD_SOAK_DAYS"
"""How long a month is."""
SHARE = 0.4
"""Of the runs, around which things go wrong, where there are enough of them for every kind."""


def in_moved_time(test: str, folder: Path, days: int, log: Path) -> str:
    """Run a test in processes whose time can be moved on; what pytest said where it failed, else nothing.

    Args:
        test: as pytest takes it.
        folder: for the library; everybody must be able to read in it.
        days: of the month.
        log: for the test's output.
    """
    folder.chmod(0o755)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", test]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "AIRFLOW"))
    }
    with log.open("wb") as output:
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            env={**environment, **machine_time.environment(folder), DAYS: str(days)},
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    return "" if done.returncode == 0 else log.read_text(errors="replace")[-8000:]


@dataclass(frozen=True, order=True)
class Tick:
    """A run that Airflow's scheduler would make.

    Attributes:
        moment: when it starts.
        dag_id: of what.
        interval: its data interval.
    """

    moment: datetime
    dag_id: str
    interval: tuple[datetime, datetime] = field(compare=False)

    @property
    def run_id(self) -> str:
        """As Airflow names it."""
        return f"scheduled__{self.moment.isoformat()}"


def ticks(dag: DAG, begin: datetime, end: datetime) -> Iterator[Tick]:
    """What a DAG's timetable asks for in a stretch of time, where the scheduler misses nothing."""
    timetable = coerce_to_core_timetable(dag.timetable)
    restriction, last = TimeRestriction(earliest=begin, latest=end, catchup=True), None
    while info := timetable.next_dagrun_info(last_automated_data_interval=last, restriction=restriction):
        last = info.data_interval
        yield Tick(info.run_after, dag.dag_id, (last.start, last.end))


@dataclass
class Month:
    """Time that is moved on from tick to tick, and the runs of it.

    Attributes:
        sandbox: whose time is moved with that of this process.
        folder: for what the runs keep.
        seed: chooses around which runs things go wrong, and what.
        share: of the runs, around which things go wrong.
        clears_all: whether red runs are cleared as a whole: a discovery has emptied the extract when it ends.
        runs: all that there were.
        to_come: the kinds of what goes wrong that have not had their turn.
        struck_by: the kinds that have struck.
        disturbed: around how many things went wrong.
        struck: how much did.
        red: what ended red runs, each of which was cleared.
        without_notes: ids of runs whose ledger was away or full at times, and may lack notes of steps.
    """

    sandbox: Sandbox
    folder: Path
    seed: int = 1
    share: float = SHARE
    clears_all: bool = False
    runs: list[DagRunner] = field(default_factory=list)
    to_come: list[str] = field(default_factory=list)
    struck_by: set[str] = field(default_factory=set)
    struck: int = 0
    disturbed: int = 0
    red: list[str] = field(default_factory=list)
    without_notes: set[str] = field(default_factory=set)

    @property
    def days(self) -> int:
        """How many there are."""
        return int(os.environ[DAYS])

    def live(
        self,
        dags: Mapping[str, DAG],
        before: Callable[[Tick, random.Random], Mapping[str, Any]] = lambda _tick, _rng: {},
    ) -> None:
        """Run all that the schedules ask for, each at its time.

        Args:
            dags: by id.
            before: what happens in the world before a run; gives options of the run.
        """
        rng = random.Random(self.seed)  # noqa: S311 - repeatable on purpose
        begin = datetime.now(UTC)
        due = sorted(
            tick for dag in dags.values() for tick in ticks(dag, begin, begin + timedelta(days=self.days))
        )
        disturbed = rng.sample(range(len(due)), round(self.share * len(due)))
        for number, tick in enumerate(due):
            self.move_to(tick.moment)
            mishaps = self._mishaps(rng) if number in disturbed else self._nothing()
            options = before(tick, rng)
            self._run(dags[tick.dag_id], mishaps, run_id=tick.run_id, interval=tick.interval, **options)

    def move_to(self, moment: datetime) -> None:
        """Let it be this moment or a second later, everywhere."""
        if (seconds := (moment - datetime.now(UTC)).total_seconds()) > 0:
            self.sandbox.advance(int(seconds) + 1)

    def by_hand(self, dag: DAG, **options: Any) -> DagRunner:
        """Run a DAG now, while nothing goes wrong."""
        return self._run(dag, self._nothing(), run_id=f"manual__{len(self.runs)}", **options)

    def _nothing(self) -> Mishaps:
        return Mishaps("", 0, self._folder())

    def _mishaps(self, rng: random.Random) -> Mishaps:
        """What goes wrong next: no kind comes again before all others have had their turn."""
        self.to_come = self.to_come or rng.sample(sorted(KINDS), len(KINDS))
        return Mishaps(self.to_come.pop(), rng.randrange(1000), self._folder(), clears_all=self.clears_all)

    def _run(self, dag: DAG, mishaps: Mishaps, **options: Any) -> DagRunner:
        """Run it to a good end, if need be cleared when nothing goes wrong any more."""
        run = DagRunner(dag, mishaps.folder, run_after=datetime.now(UTC), **options)
        self.runs.append(mishaps.run(run, self.sandbox))
        self.disturbed += bool(mishaps.name)
        self.struck += mishaps.struck
        self.struck_by |= {mishaps.name} if mishaps.struck else set()
        self.without_notes |= {run.run_id} if mishaps.kind.strikes_statements else set()
        self.red += [f"{dag.dag_id} {run.run_id}: {error}" for error in mishaps.red]
        record_run_success({"dag": dag, "run_id": run.run_id})
        return run

    def _folder(self) -> Path:
        folder = self.folder / f"month-{len(self.runs)}"
        folder.mkdir()
        return folder
