"""The sandbox's Macie: rows per second that a job looks through, in Parquet files as DMS writes them.

A million people in twelve columns, as in the benchmark of DMS, in one file, searched for all managed identifiers and
a custom one for e-mail addresses. One column holds phone numbers under an awkward name, one e-mail addresses, one
dates of birth; the others hold nothing. The rate counts the reading of the file and the search; the job around it
adds the listing and the finding.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import resource
import sys
import time
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

ROWS = 1_000_000
BAR = 500_000
"""Rows per second."""

PIECE = 100_000
MEMORY_BAR = 512
"""MiB, with the making of the file."""

EMAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"
EXPECTED = {"e-mail": "$.email", "PHONE_NUMBER": "$['contact no']", "DATE_OF_BIRTH": "$.birth_date"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print one table, and return 1 when a bar was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=ROWS)
    options = parser.parse_args(arguments)
    content = parquet(options.rows)
    print(f"{'search':28}{'rows/s':>10}{'seconds':>10}{'CPU s':>9}")
    rates = {name: measure(name, content, options.rows) for name in ("all and a custom one", "a custom one")}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    met = rates["all and a custom one"] >= BAR and memory <= MEMORY_BAR
    print(f"\nmemory {memory:.0f} MiB, bars: {BAR:,} rows/s, {MEMORY_BAR} MiB: {'met' if met else 'missed'}")
    return not met


def parquet(rows: int) -> bytes:
    """Make the file, a piece at a time."""
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pieces = (people(range(first, min(first + PIECE, rows))) for first in range(0, rows, PIECE))
    first = next(pieces)
    with pq.ParquetWriter(file, first.schema) as writer:
        for piece in chain([first], pieces):
            writer.write_table(piece, row_group_size=10_000)
    return file.getvalue()


def people(numbers: range) -> Any:
    """Make some rows."""
    import pyarrow as pa

    born, made = dt.date(1940, 1, 1), dt.datetime(2020, 1, 1)  # noqa: DTZ001 - columns without a zone
    return pa.table(
        {
            "person_id": pa.array(numbers, pa.uint64()),
            "first_name": [f"First{number % 997}" for number in numbers],
            "last_name": [f"Lastname{number % 7919}" for number in numbers],
            "email": [f"first{number % 997}.last{number}@example.org" for number in numbers],
            "contact no": [None if n % 11 == 0 else f"+1 555 {n % 10_000_000:07}" for n in numbers],
            "street": [f"{number % 300} Some Street Number {number % 4001}" for number in numbers],
            "birth_date": [born + dt.timedelta(days=number % 25_000) for number in numbers],
            "balance": [(number % 1_000_000) / 100 for number in numbers],
            "active": pa.array([number % 2 for number in numbers], pa.int8()),
            "notes": [f"note {number * 2_654_435_761 % 2**64:032x}" for number in numbers],
            "created": [made + dt.timedelta(seconds=number) for number in numbers],
            "changed": [made + dt.timedelta(seconds=2 * number) for number in numbers],
        }
    )


def measure(name: str, content: bytes, rows: int) -> float:
    """Look through the file once, check what was found, print a line and return rows per second."""
    from sandbox.macie import managed
    from sandbox.macie.detectors import CUSTOM, Detector
    from sandbox.macie.scanner import Scanner

    email = Detector("e-mail", "e-mail", CUSTOM, EMAIL)
    detectors: list[Any] = [*managed.detectors().values(), email] if name.startswith("all") else [email]
    scanner = Scanner(detectors)
    began, worked = time.perf_counter(), time.process_time()
    found = scanner.scan("person/LOAD00000001.parquet", content)
    seconds, worked = time.perf_counter() - began, time.process_time() - worked
    expected = EXPECTED if len(detectors) > 1 else {"e-mail": EXPECTED["e-mail"]}
    assert {hit.detector.key: hit.places[0]["jsonPath"] for hit in found.hits} == expected
    rate = rows / seconds
    print(f"{name:28}{rate:10,.0f}{seconds:10.2f}{worked:9.2f}", flush=True)
    return rate


if __name__ == "__main__":
    sys.exit(main())
