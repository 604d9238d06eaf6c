import datetime as dt
import io
import random
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sandbox.macie import formats, managed, places, scanner
from sandbox.macie.detectors import CUSTOM, Allowed, Detector
from sandbox.macie.scanner import Scanner

ROWS = 1_400
BATCH = 1_100
PIECES = [
    "", "x", "1", "x12", "call", "visa", "ssn", "phone", "card number", "2031-01-02", "12/28", "Zoë Müller",
    "Mary Smith", "MARY", "mary.smith@example.org", "a@b.cd, c@d.ef", "4111 1111 1111 1111", "4111 1111 1111 1112",
    "DE89 3704 0044 0532 0130 00", "DE89 3704 0044 0532 0130 01", "+1 555 0100 200", "415-555-0100",
    "536-90-4399", "12 Old Street, Springfield 12345", "AB1234", "test@example.org", "eyJ", "José", "-", "987",
]  # fmt: skip
CUSTOM_ONES = [
    Detector("mail", "mail", CUSTOM, r"[\w.+-]+@[\w-]+\.[\w.]+", ignore_words=("test",)),
    Detector("first", "first", CUSTOM, r"^x[0-9]+"),
    Detector("whole", "whole", CUSTOM, r"^[0-9]{3}$"),
    Detector("word", "word", CUSTOM, r"(?i)mary"),
    Detector("space", "space", CUSTOM, r"[a-z]\s[0-9]"),
    Detector("near", "near", CUSTOM, r"[0-9]{3}", ("phone", "call"), distance=12, either_side=False),
]
AT_START = Detector("start", "start", CUSTOM, r"\A[A-Z]{2}[0-9]{4}")
"""One whose column cannot be searched as a text whose lines the values are."""

ALLOWED = Allowed((re.compile(r"4111[ 0-9]+", re.ASCII),), frozenset({"a@b.cd"}))


@pytest.mark.parametrize(
    ("seed", "own", "allowed"),
    [(0, CUSTOM_ONES, Allowed()), (1, [*CUSTOM_ONES, AT_START], Allowed()), (2, CUSTOM_ONES, ALLOWED)],
    ids=["plain", "where values begin", "allow list"],
)
def test_columns_at_once_hold_what_values_one_by_one_hold(monkeypatch, seed, own, allowed):
    """It should find, in batches, blocks and distinct values, what a look at one value after the other finds."""
    monkeypatch.setattr(formats, "BATCH_ROWS", BATCH)
    monkeypatch.setattr(scanner, "KEPT", 10**6)
    detectors = [*managed.detectors().values(), *own]
    columns = _columns(random.Random(seed))  # noqa: S311 -- not a secret
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, row_group_size=300)
    found = Scanner(detectors, allowed).scan("1.parquet", file.getvalue())
    assert found.code == "COMPLETE"
    assert {hit.detector.key: (hit.count, sorted(map(str, hit.places))) for hit in found.hits} == {
        key: (sum(count for _, count in held), sorted(str(place) for place, _ in held))
        for key, held in _one_by_one(detectors, allowed, columns).items()
    }


def _columns(chance):
    """Columns that differ in how many of their values hold something, and how many of them are equal."""

    def text(pieces, most):
        return chance.choice(" \n,;").join(chance.choice(pieces) for _ in range(chance.randint(1, most)))

    def some(share, value):
        return [value() if chance.random() < share else None for _ in range(ROWS)]

    start = dt.date(1950, 1, 1)
    return {
        "notes": some(0.9, lambda: text(PIECES, 4)),
        "rare": [text(PIECES, 2) if chance.random() < 0.005 else f"row {row}" for row in range(ROWS)],
        "start": ["AB1234" if chance.random() < 0.005 else f"row {row}" for row in range(ROWS)],
        "whole": ["987" if chance.random() < 0.005 else f"row {row}" for row in range(ROWS)],
        "late": [None if row < ROWS - 20 else text(PIECES, 3) for row in range(ROWS)],
        "contact no": some(0.8, lambda: f"+1 555 {chance.randrange(10**7):07}"),
        "card": some(0.5, lambda: chance.choice(PIECES)),
        "mail": some(0.95, lambda: f"m{chance.randrange(10**6)}@example.org"),
        "ssn": some(0.5, lambda: chance.randrange(5 * 10**8, 6 * 10**8)),
        "dob": some(0.7, lambda: start + dt.timedelta(days=chance.randrange(400))),
    }


def _one_by_one(detectors, allowed, columns):
    """Return (place, occurrences) of all values that hold something, by detector: the rules without any haste."""
    held = {}
    for detector in detectors:
        for name, values in columns.items():
            near = bool(detector.keywords) and not detector.named_by([name])
            path = places.json_path([name])
            for row, value in enumerate(values):
                count = 0 if value is None else detector.count(str(value), near=near, allowed=allowed)
                if count:
                    held.setdefault(detector.key, []).append((places.record(path, row), count))
    return held
