"""The sandbox's Macie: rows per second that a job looks through, in Parquet files as DMS writes them.

A million customers in twelve columns in one file, in row groups of 10,000 as DMS writes them, searched for all managed
identifiers and a custom one for e-mail addresses. Of the six columns of text two have few distinct values (270 first
names, 8,000 last names) and four next to none that repeat: e-mail addresses, phone numbers under an awkward name of
which one in eleven is missing, streets, and notes of four to nine words. One note in ten has a word that is a keyword
of something, one in 1,000 an e-mail address, one in 5,000 a card's number. Dates of birth are dates; the five other
columns are numbers and times under names that ask for nothing. The rate counts the reading of the file and the search;
the job around it adds the listing and the finding.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import resource
import sys
import time
from collections.abc import Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

ROWS = 1_000_000
BAR = 500_000
"""Rows per second."""

PIECE = 100_000
MEMORY_BAR = 512
"""MiB, with the making of the file."""

EMAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"
CARD = "paid with visa 4111 1111 1111 1111"
STREETS = ["Bridge", "Church", "Garden", "Harbour", "Market", "Mill", "Park", "Station"]
VOCABULARY = """
agreed answered asked bill called change client contact delivery discount earlier email evening failed first form free
friend gave help invoice item late letter made meeting message missing monday morning moved needs never new number often
old open order parcel part price product question received refund reply return said second sent shop signed store street
sunday thanked today twice waiting wanted weekend writes wrong
"""
WORDS = VOCABULARY.split()
"""Sixty-four words, of which "contact" is a keyword of phone numbers."""


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
    given = given_names()
    return pa.table(
        {
            "person_id": pa.array(numbers, pa.uint64()),
            "first_name": [given[number % len(given)] for number in numbers],
            "last_name": [f"Lastname{mixed(number) % 8000}" for number in numbers],
            "email": [f"first{number % 997}.last{number}@example.org" for number in numbers],
            "contact no": [None if n % 11 == 0 else f"+1 555 {n % 10_000_000:07}" for n in numbers],
            "street": [
                f"{number % 300} {WORDS[number % 64].title()} Road {number % 4001}" for number in numbers
            ],
            "birth_date": [born + dt.timedelta(days=mixed(number) % 25_000) for number in numbers],
            "balance": [(number % 1_000_000) / 100 for number in numbers],
            "active": pa.array([number % 2 for number in numbers], pa.int8()),
            "notes": [note(number) for number in numbers],
            "created": [made + dt.timedelta(seconds=number) for number in numbers],
            "changed": [made + dt.timedelta(seconds=2 * number) for number in numbers],
        }
    )


@cache
def given_names() -> list[str]:
    """Return the first names that the sandbox's Macie knows; alone they are no full names."""
    from sandbox.macie import managed

    content = yaml.safe_load(Path(managed.__file__).with_name("managed.yaml").read_text("utf-8"))
    return list(content["given_names"])


def mixed(number: int) -> int:
    """Return a number of 60 bits that looks like chance and is the same every time."""
    return number * 0x9E3779B97F4A7C15 % 2**64 >> 4


def note(number: int) -> str:
    """Return a text that may hold something."""
    bits = mixed(number)
    words = [WORDS[bits >> 6 * place & 63] for place in range(4 + number % 6)]
    if number % 1_000 == 7:
        words.append(f"write to office{number}@example.com")
    if number % 5_000 == 11:
        words.append(CARD)
    return " ".join(words)


def expected(rows: int) -> dict[str, int]:
    """Return how often what is in so many rows occurs."""
    cards = len(range(11, rows, 5_000))
    return {
        "e-mail": rows + len(range(7, rows, 1_000)),
        "PHONE_NUMBER": rows - len(range(0, rows, 11)),
        "DATE_OF_BIRTH": rows,
        "CREDIT_CARD_NUMBER": cards,
        "CREDIT_CARD_NUMBER_(NO_KEYWORD)": cards,
    }


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
    wanted = {one.key for one in detectors}
    assert {hit.detector.key: hit.count for hit in found.hits} == {
        key: count for key, count in expected(rows).items() if key in wanted
    }
    rate = rows / seconds
    print(f"{name:28}{rate:10,.0f}{seconds:10.2f}{worked:9.2f}", flush=True)
    return rate


if __name__ == "__main__":
    sys.exit(main())
