"""How long the DAG processor takes over our DAG files, beside a DAG with one empty task.

    python benchmarks/dag_parsing.py --repeat 9

Airflow forks a process per parse after it has imported itself, so importing Airflow is not counted. "First" is
the first parse in such a process, imports of operators and providers included; "again" is the median of the
later ones in the same process, which is what the file itself costs.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
EMPTY = """
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG

with DAG("empty", schedule=None):
    EmptyOperator(task_id="nothing")
"""
FIRST_BAR_SECONDS = 5.0
"""A DAG file is given up after [core] dagbag_import_timeout, 30 s by default; slow machines take a multiple."""
AGAIN_BAR_SECONDS = 0.25


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every DAG file, print one table, and return 1 when a bar was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.file:
        print(json.dumps(parse_repeatedly(options.file, options.repeat)))
        return 0
    return report(options.repeat)


def parse_repeatedly(path: Path, repeat: int) -> dict[str, object]:
    """Parse a file several times in this process; seconds of each parse, and the number of DAGs found."""
    from airflow.dag_processing.dagbag import DagBag

    seconds, dags = [], 0
    for _ in range(repeat):
        began = time.perf_counter()
        bag = DagBag(path)
        seconds.append(time.perf_counter() - began)
        if bag.import_errors:
            raise SystemExit("\n".join(bag.import_errors.values()))
        dags = len(bag.dags)
    return {"seconds": seconds, "dags": dags}


def report(repeat: int) -> int:
    """Print the table of all files."""
    missed = []
    print(f"{'file':28}{'DAGs':>6}{'first':>10}{'again':>10}")
    with tempfile.TemporaryDirectory() as scratch:
        empty = Path(scratch) / "empty.py"
        empty.write_text(EMPTY)
        for path in (empty, *sorted((REPOSITORY / "dags").glob("*.py"))):
            measured = measure(path, repeat, Path(scratch))
            first, again = measured["seconds"][0], statistics.median(measured["seconds"][1:])
            print(f"{path.name:28}{measured['dags']:6}{first * 1000:7.0f} ms{again * 1000:7.1f} ms")
            if first > FIRST_BAR_SECONDS or again > AGAIN_BAR_SECONDS:
                missed.append(path.name)
    print(
        f"\nbars: first {FIRST_BAR_SECONDS * 1000:.0f} ms, again {AGAIN_BAR_SECONDS * 1000:.0f} ms", end=": "
    )
    print(f"missed by {', '.join(missed)}" if missed else "met")
    return bool(missed)


def measure(path: Path, repeat: int, home: Path) -> dict[str, list[float]]:
    """Parse a file in a fresh process."""
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(path.parent),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "PYTHONPATH": str(REPOSITORY / "plugins"),
    }
    done = subprocess.run(
        [sys.executable, __file__, "--file", str(path), "--repeat", str(repeat)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{path}: {done.stderr.strip()[-2000:]}")
    result: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    sys.exit(main())
