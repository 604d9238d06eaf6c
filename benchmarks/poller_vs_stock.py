"""What a thousand waits cost the triggerer: the shared poller against the provider's own triggers.

    python benchmarks/poller_vs_stock.py --waits 1000 --seconds 60

Both sides wait, in a fresh process each, for as many Aurora clusters that never become available, with the
same poll interval asked of both, against the same AWS emulator (moto) in a process of its own. Counted are the
API calls that reach it, and the waiting process's CPU time, memory and longest stall of its event loop: first
from the start until every wait has been looked at once, then for the given time. Both sides' modules are
imported before the count begins, as a triggerer imports them once.

The poller makes one describe call per two seconds on average and stretches the interval of many waits to that;
the last row says what it came to.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import resource
import selectors
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
CONNECTION = "aws_benchmark"
ACCOUNT = "123456789012"
REGION = "us-west-2"
BARS = {"API calls": 100.0, "CPU seconds": 100.0, "memory": 50.0}
"""How many times cheaper the poller must be at a thousand waits."""


class Cost(NamedTuple):
    """What one side took."""

    start_seconds: float
    start_calls: int
    start_cpu: float
    steady_calls: int
    steady_cpu: float
    memory_mib: float
    stall_seconds: float

    @property
    def calls(self) -> int:
        """API calls in all."""
        return self.start_calls + self.steady_calls

    @property
    def cpu(self) -> float:
        """CPU seconds in all."""
        return self.start_cpu + self.steady_cpu


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure both sides, print one table, and return 1 when a bar was missed."""
    options = parse(arguments)
    if options.role == "server":
        return serve(options.waits)
    if options.role:
        busy = BusySelector()
        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(busy)) as runner:
            print(json.dumps(runner.run(measure(options, busy))))
        return 0
    with server(options.waits) as endpoint_url:
        ours = run_side("ours", endpoint_url, options)
        stock = run_side("stock", endpoint_url, options)
    return report(ours, stock, options)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--waits", type=int, default=1000, help="clusters that are waited for")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the steady phase")
    parser.add_argument("--interval", type=float, default=5.0, help="seconds between two looks asked of both")
    parser.add_argument("--role", choices=["server", "ours", "stock"], help=argparse.SUPPRESS)
    parser.add_argument("--endpoint", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def serve(clusters: int) -> int:
    """Be the AWS emulator: clusters that are always "creating", and a count of calls under /calls."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.rds.models import DBCluster, rds_backends
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    DBCluster.status = property(lambda _: "creating", lambda *_: None)  # type: ignore[assignment]
    backend = rds_backends[DEFAULT_ACCOUNT_ID][REGION]
    for number in range(clusters):
        backend.create_db_cluster(
            {
                "db_cluster_identifier": name(number),
                "engine": "aurora-mysql",
                "master_username": "admin",
                "master_user_password": "not-a-secret",
            }
        )
    calls = 0
    emulator = DomainDispatcherApplication(create_backend_app)

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        nonlocal calls
        if environ["PATH_INFO"] == "/calls":
            start_response("200 OK", [("Content-Type", "application/json")])
            return [str(calls).encode()]
        calls += 1
        return emulator(environ, start_response)

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log(self, *_: Any) -> None:
            """Say nothing."""

    listener = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    print(listener.server_port, flush=True)
    listener.serve_forever()
    return 0


@contextmanager
def server(clusters: int) -> Iterator[str]:
    """Run the emulator as a process and yield its address."""
    process = subprocess.Popen(
        child("server", clusters), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()


def child(role: str, waits: int, *more: str) -> list[str]:
    """The command of a child process."""
    return [sys.executable, str(Path(__file__).resolve()), "--role", role, "--waits", str(waits), *more]


def run_side(side: str, endpoint_url: str, options: argparse.Namespace) -> Cost:
    """Measure one side in a process of its own, with an Airflow home of its own."""
    connection = {
        "conn_type": "aws",
        "login": "benchmark",
        "password": "not-a-secret",
        "extra": {"endpoint_url": endpoint_url, "region_name": REGION},
    }
    with tempfile.TemporaryDirectory() as home:
        environment = {
            "AIRFLOW_HOME": home,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            f"AIRFLOW_CONN_{CONNECTION.upper()}": json.dumps(connection),
            "AWS_EC2_METADATA_DISABLED": "true",
            "PYTHONPATH": str(ROOT / "plugins"),
        }
        more = [
            "--seconds",
            str(options.seconds),
            "--interval",
            str(options.interval),
            "--endpoint",
            endpoint_url,
        ]
        done = subprocess.run(
            child(side, options.waits, *more),
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return Cost(*json.loads(done.stdout.splitlines()[-1]))


async def measure(options: argparse.Namespace, busy: BusySelector) -> Cost:
    """Start the waits of one side and watch what this process spends on them."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    logging.disable(logging.INFO)  # the stock side logs a line per client and look
    import aiobotocore.httpsession
    import aiobotocore.session  # noqa: F401 - both sides import it with their first client

    make = {"ours": our_triggers, "stock": stock_triggers}[options.role]
    triggers = make(options.waits, options.interval)
    calls = await asyncio.to_thread(count, options.endpoint)
    await asyncio.sleep(0.2)
    busy.longest = 0.0
    began, cpu, memory = time.monotonic(), time.process_time(), resident_mib()
    # The stock side makes a call for each wait, ours one for the account and one for every hundred waits.
    needed = options.waits if options.role == "stock" else 1 + pages(options.waits)
    waits = [asyncio.create_task(drain(trigger)) for trigger in triggers]
    while await asyncio.to_thread(count, options.endpoint) - calls < needed:
        await asyncio.sleep(1.0)
    start_seconds, start_cpu = time.monotonic() - began, time.process_time() - cpu
    start_calls = await asyncio.to_thread(count, options.endpoint) - calls
    await asyncio.sleep(options.seconds)
    ended = [wait for wait in waits if wait.done()]
    assert not ended, f"{len(ended)} waits ended: {ended[0].exception() or ended[0].result()}"
    return Cost(
        start_seconds,
        start_calls,
        start_cpu,
        count(options.endpoint) - calls - start_calls,
        time.process_time() - cpu - start_cpu,
        resident_mib() - memory,
        busy.longest,
    )


def our_triggers(waits: int, interval: float) -> list[Any]:
    """One trigger of this project per cluster."""
    from switchyard.waiting.goals import cluster_available
    from switchyard.waiting.trigger import ResourceTrigger

    return [
        ResourceTrigger(
            kind="db_cluster",
            identifier=name(number),
            goal=cluster_available().as_dict(),
            aws_conn_id=CONNECTION,
            region_name=REGION,
            account_id=ACCOUNT,
            deadline=time.time() + 86_400,
            poll_interval=interval,
        )
        for number in range(waits)
    ]


def stock_triggers(waits: int, interval: float) -> list[Any]:
    """One trigger of the Amazon provider per cluster."""
    from airflow.providers.amazon.aws.triggers.rds import RdsDbAvailableTrigger
    from airflow.providers.amazon.aws.utils.rds import RdsDbType

    return [
        RdsDbAvailableTrigger(
            db_identifier=name(number),
            waiter_delay=int(interval),
            waiter_max_attempts=100_000,
            aws_conn_id=CONNECTION,
            region_name=REGION,
            response={},
            db_type=RdsDbType.CLUSTER,
        )
        for number in range(waits)
    ]


async def drain(trigger: Any) -> Any:
    """Run a trigger to its event, as the triggerer does."""
    async for event in trigger.run():
        return event.payload
    return None


class BusySelector(selectors.DefaultSelector):
    """Tells how long an event loop was busy at most before it came back for what is new."""

    def __init__(self) -> None:
        super().__init__()
        self.longest = 0.0
        self._left: float | None = None

    def select(self, timeout: float | None = None) -> Any:
        """Wait as any selector does, and time what the loop did since the last wait."""
        if self._left is not None:
            self.longest = max(self.longest, time.monotonic() - self._left)
        ready = super().select(timeout)
        self._left = time.monotonic()
        return ready


def name(number: int) -> str:
    """A cluster's name."""
    return f"benchmark-{number:05d}"


def pages(waits: int) -> int:
    """How many describe calls of a hundred ids it takes to look at all waits once."""
    return -(-waits // 100)


def count(endpoint_url: str) -> int:
    """How many API calls the emulator has had."""
    with urllib.request.urlopen(f"{endpoint_url}/calls", timeout=60) as answer:  # noqa: S310 - our own server
        return int(answer.read())


def resident_mib() -> float:
    """Memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def report(ours: Cost, stock: Cost, options: argparse.Namespace) -> int:
    """Print the table; 1 when a bar was missed."""
    ratios = {
        "API calls": stock.steady_calls / max(ours.steady_calls, 1),
        "CPU seconds": stock.cpu / ours.cpu,
        "memory": stock.memory_mib / ours.memory_mib,
    }
    rows = [
        ("API calls until every wait was seen", ours.start_calls, stock.start_calls, None),
        (
            f"API calls in the next {options.seconds:.0f} s",
            ours.steady_calls,
            stock.steady_calls,
            "API calls",
        ),
        ("CPU seconds until every wait was seen", ours.start_cpu, stock.start_cpu, None),
        (f"CPU seconds in the next {options.seconds:.0f} s", ours.steady_cpu, stock.steady_cpu, None),
        ("CPU seconds in all", ours.cpu, stock.cpu, "CPU seconds"),
        ("memory growth, MiB", ours.memory_mib, stock.memory_mib, "memory"),
        ("longest event-loop stall, s", ours.stall_seconds, stock.stall_seconds, None),
        ("seconds until every wait was seen", ours.start_seconds, stock.start_seconds, None),
        (
            "seconds between two looks at a wait",
            options.seconds * pages(options.waits) / max(ours.steady_calls, 1),
            options.seconds * options.waits / max(stock.steady_calls, 1),
            None,
        ),
    ]
    print(f"{options.waits} waits, {options.interval:g} s between two looks asked of both\n")
    print(f"| {'':38} | {'shared poller':>13} | {'stock triggers':>14} | {'ratio':>6} | {'bar':>4} |")
    print(f"|{'-' * 40}|{'-' * 15}|{'-' * 16}|{'-' * 8}|{'-' * 6}|")
    for label, left, right, bar in rows:
        ratio = f"{right / left:.0f}" if bar else ""
        limit = f"{BARS[bar]:.0f}" if bar else ""
        print(f"| {label:38} | {figure(left):>13} | {figure(right):>14} | {ratio:>6} | {limit:>4} |")
    missed = [bar for bar, ratio in ratios.items() if ratio < BARS[bar]]
    print(f"\n{'missed: ' + ', '.join(missed) if missed else 'all bars met'}")
    return 1 if missed and options.waits >= 1000 else 0


def figure(value: float) -> str:
    """A number as a person reads it."""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


if __name__ == "__main__":
    sys.exit(main())
