"""Federated loads: an increment with its deletes against reading everything again, and against dlt.

The web sales of TPC-DS (scale 1: 719,384 rows of 35 columns) in a real MariaDB. The pipeline's own steps load them all,
then what has changed (one row in a hundred updated, one inserted, one in a thousand deleted), then the same interval
again; a second pipeline reads everything again and swaps. dlt, in an environment of its own, loads the same table into
a DuckDB file and takes the same increment over, without the deletes, which it does not find. Counted are the steps that
move rows: stage, check, apply and delete; nothing of Airflow's scheduling. One time is another's only in one run.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "plugins")]

TABLE, KEY = "web_sales", ("ws_item_sk", "ws_order_number")
TIME_BAR, ROWS_BAR = 0.15, 1.05
CLOSED, NEXT = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)
CHANGED_AT = "2026-02-01 12:00:00"
LOOKBACK_MINUTES = 5
MOVING = ("stage_window", "check_stage", "apply_stage", "delete_gone")
PEER = ("dlt[duckdb]==1.31.0", "sqlalchemy", "pymysql", "pyarrow")


class Loaded(NamedTuple):
    """What a load took: seconds by step, rows that it read, rows that it changed in the target."""

    seconds: dict[str, float]
    rows: int
    changed: int

    @property
    def total(self) -> float:
        """Seconds of all steps."""
        return sum(self.seconds.values())


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print two tables, and return 1 when a bar was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", type=float, default=1.0, help="TPC-DS's, of gigabytes")
    parser.add_argument("--no-peer", action="store_true", help="leave dlt out")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="switchyard-bench-") as home, ExitStack() as stack:
        os.environ |= {
            "AIRFLOW_HOME": home,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__UNIT_TEST_MODE": "True",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        bench = stack.enter_context(world(Path(home), options.scale))
        peer = None if options.no_peer else Peer(bench, Path(home))
        return report(bench, peer)


@contextmanager
def world(home: Path, scale: float) -> Iterator[Bench]:
    """The world "retail" with its web sales at another scale, and two pipelines over them."""
    from demo.postgres import PostgresServer
    from demo.processes import free_ports
    from sandbox.data_plane import DataPlane
    from sandbox.seed import tpcds
    from sandbox.server import Server
    from sandbox.testing import LocalSandbox
    from switchyard.ledger.schema import upgrade
    from tests.support.federated import federated_world

    server = Server(profile="instant")
    server.start()
    (home / "plane").mkdir()
    plane = DataPlane(home / "plane")
    postgres = PostgresServer(home / "postgres", *free_ports(1))
    session = postgres.start()
    try:
        postgres.create_database("ledger_template")
        upgrade(postgres.dsn("ledger_template"))
        with federated_world(
            "retail", LocalSandbox(server), plane, postgres, "ledger_template", "ledger"
        ) as it:
            it.edit(f"DROP TABLE {TABLE}")
            tpcds.load(it.where(), "mysql", scale=scale, tables=[TABLE])
            yield Bench(it, home)
    finally:
        server.reset()
        plane.close()
        server.close()
        postgres.stop(session)


@dataclass
class Bench:
    """The two pipelines: one that takes changes over, and one that reads everything each time."""

    world: Any
    home: Path
    runs: int = field(default=0)

    def __post_init__(self) -> None:
        import yaml

        from tests.support.federated import PIPELINES, configure

        shipped = yaml.safe_load((PIPELINES / "retail.yaml").read_text())["tables"]
        [table] = [one for one in shipped if one["name"] == TABLE]
        increment = {name: value for name, value in table.items() if name != "publish"}
        whole = increment | {"mode": "swap", "target": f"{table['target']}_whole", "zero_rows": "fail"}
        whole = {name: value for name, value in whole.items() if name not in ("watermark", "deletes")}
        for name, configured in (("increment", increment), ("whole", whole)):
            folder = self.home / name
            configure(folder, "retail", name, [configured], lookback_minutes=LOOKBACK_MINUTES)

    def load(self, name: str, start: datetime | None, end: datetime) -> Loaded:
        """Run a pipeline over a window; its steps' seconds."""
        from tests.support.in_process import InProcessRunner
        from tests.support.recovery import load_dag

        os.environ["SWITCHYARD_PIPELINES"] = str(self.home / name)
        seconds: dict[str, float] = {}

        class Timed(InProcessRunner):
            def run_task(self, task_id: str, map_index: int = -1) -> Any:
                began = time.monotonic()
                try:
                    return super().run_task(task_id, map_index)
                finally:
                    seconds[task_id.rpartition(".")[2]] = time.monotonic() - began

        self.runs += 1
        folder = self.home / f"run-{self.runs}"
        folder.mkdir()
        window = {"window_start": start.isoformat() if start else None, "window_end": end.isoformat()}
        run = Timed(
            load_dag("federated_load"),
            folder,
            run_id=f"manual__{self.runs}",
            run_after=end + timedelta(days=1, minutes=self.runs),
            params=window,
        )
        run.run()
        results = {task.rpartition(".")[2]: result for task, result in run.results.items()}
        applied = results["apply_stage"]
        changed = sum(int(applied.get(name) or 0) for name in ("replaced", "inserted"))
        moved = {step: seconds[step] for step in MOVING if step in seconds}
        return Loaded(moved, int(results["check_stage"]["rows"]), changed)

    def change(self) -> int:
        """Update, insert and delete at the source; how many rows there are to read afterwards."""
        names = "SELECT column_name FROM information_schema.columns WHERE table_name = %r AND table_schema = 'tpc'"
        columns = [str(one) for (one,) in self.world.edit(f"{names % TABLE} ORDER BY ordinal_position")]
        number, moment = KEY[1], "updated_at"
        copied = [
            {number: f"{number} + 100000000", moment: f"'{CHANGED_AT}'"}.get(one, one) for one in columns
        ]
        self.world.edit(
            f"UPDATE {TABLE} SET ws_quantity = coalesce(ws_quantity, 0) + 1, updated_at = '{CHANGED_AT}' "  # noqa: S608
            f"WHERE {number} % 100 = 0",
            f"INSERT INTO {TABLE} ({', '.join(columns)}) SELECT {', '.join(copied)} FROM {TABLE} "  # noqa: S608
            f"WHERE {number} % 100 = 1",
            f"DELETE FROM {TABLE} WHERE {number} % 1000 = 2",  # noqa: S608
        )
        since = CLOSED - timedelta(minutes=LOOKBACK_MINUTES)
        [(rows,)] = self.world.edit(
            f"SELECT count(*) FROM {TABLE} WHERE updated_at >= '{since:%Y-%m-%d %H:%M:%S}'"  # noqa: S608
        )
        return int(rows)


class Peer:
    """dlt in a process and an environment of its own."""

    def __init__(self, bench: Bench, home: Path) -> None:
        where = bench.world.where()
        url = f"mysql+pymysql://{where['user']}:{where['password']}@{where['host']}:{where['port']}/{where['database']}"
        packages = [part for package in PEER for part in ("--with", package)]
        uv = str(Path(sys.executable).with_name("uv"))
        script = Path(__file__).with_name("_dlt_load.py")
        command = [uv, "run", "--no-project", "--python", sys.executable, *packages, "python", str(script)]
        self._process = subprocess.Popen(
            [*command, url, TABLE, ",".join(KEY), str(home / "dlt")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=home,
        )

    def load(self) -> dict[str, float]:
        """Let it load what is new."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("load\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("{"):
                found: dict[str, float] = json.loads(line)
                return found
        raise RuntimeError("dlt ended without an answer; its error is above")


def report(bench: Bench, peer: Peer | None) -> int:
    """Load, change, load again in each way, and print what it took."""
    first = bench.load("increment", None, CLOSED)
    peer_first = peer.load() if peer else None
    due = bench.change()
    increment = bench.load("increment", CLOSED, NEXT)
    peer_increment = peer.load() if peer else None
    again = bench.load("increment", CLOSED, NEXT)
    bench.load("whole", None, NEXT)
    whole = bench.load("whole", None, NEXT)
    print(f"{'load':24}{'rows read':>12}{'changed':>10}{'s':>8}   of these: " + ", ".join(MOVING))
    loads = {
        "all, first": first,
        "increment and deletes": increment,
        "the same again": again,
        "everything": whole,
    }
    for name, one in loads.items():
        parts = ", ".join(f"{one.seconds.get(step, 0):.2f}" for step in MOVING)
        print(f"{name:24}{one.rows:12,}{one.changed:10,}{one.total:8.2f}   {parts}")
    for name, found in (("dlt, first", peer_first), ("dlt, increment alone", peer_increment)):
        if found:
            print(f"{name:24}{found['rows']:12,}{'':10}{found['seconds']:8.2f}")
    time_ratio, rows_ratio = increment.total / whole.total, increment.rows / due
    met = time_ratio <= TIME_BAR and rows_ratio <= ROWS_BAR and again.changed == 0
    print(f"\nincrement and deletes take {time_ratio:.1%} of reading everything again; bar: {TIME_BAR:.0%}")
    print(f"rows read: {rows_ratio:.3f} of what had changed; bar: {ROWS_BAR}")
    print(f"the same interval again changes {again.changed} rows; bar: 0")
    if peer_increment:
        pure = increment.total - increment.seconds.get("delete_gone", 0)
        print(
            f"dlt takes {peer_increment['seconds'] / pure:.1f} times as long for the increment without deletes"
        )
    print(f"bars: {'met' if met else 'missed'}")
    return not met


if __name__ == "__main__":
    sys.exit(main())
