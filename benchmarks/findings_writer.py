"""How fast findings become files of lines, and whether memory stays flat: 15,000 a second or more are asked for."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "plugins")]

from switchyard.discovery.detections import detections
from switchyard.discovery.records import Tables, line, once, parts

FINDINGS = 100_000
PLACES = 10
WANTED_PER_SECOND = 15_000
MOST_GROWTH_MB = 60


def findings(count: int) -> Iterator[dict[str, Any]]:
    """Findings of two kinds of data with all the places that Macie tells, about 3.5 KB each."""
    for number in range(count):
        places = [{"jsonPath": f"$.column_{place % 7}", "recordIndex": place} for place in range(PLACES)]
        detection = {"count": 40, "occurrences": {"records": places, "cells": None, "pages": None}}
        groups = [{"category": "PERSONAL_INFORMATION", "detections": [{"type": "NAME", **detection}]}]
        custom = {"detections": [{"name": "EMAIL", "arn": "0" * 36, **detection}], "totalCount": 40}
        result = {
            "status": {"code": "COMPLETE"},
            "sensitiveData": groups,
            "customDataIdentifiers": custom,
            "mimeType": "application/vnd.apache.parquet",
        }
        yield {
            "schemaVersion": "1.0",
            "id": f"{number:032x}",
            "accountId": "111111111111",
            "title": "The S3 object contains personal information" * 3,
            "severity": {"score": 2, "description": "Medium"},
            "classificationDetails": {"jobId": "job", "result": result},
            "resourcesAffected": {"s3Object": {"key": f"extract/sakila/t{number % 20}/LOAD.parquet"}},
        }


def main() -> None:
    """Write 100,000 findings to nowhere and print rate and memory; exit code 1 below the bar."""
    tables = Tables(
        "p", "mysql:x", {f"extract/sakila/t{n}/LOAD.parquet": ("sakila", f"t{n}") for n in range(20)}
    )
    rows = 0
    before, started, made = _memory_mb(), time.process_time(), 0.0

    def lines() -> Iterator[bytes]:
        nonlocal rows, made
        for record in once(_timed()):
            rows += sum(one.rows for one in detections(record))
            if (written := line(record, tables)) is not None:
                yield written

    def _timed() -> Iterator[dict[str, Any]]:
        nonlocal made
        source = findings(FINDINGS)
        while True:
            at = time.process_time()
            record = next(source, None)
            made += time.process_time() - at
            if record is None:
                return
            yield record

    size = sum(map(len, parts(lines())))
    seconds = time.process_time() - started - made
    rate, growth = FINDINGS / seconds, _memory_mb() - before
    print(f"{FINDINGS:,} findings, {size / 1e6:,.0f} MB, {rows:,} rows for the register")
    print(f"{rate:,.0f} findings/s of CPU, memory grew by {growth:.0f} MB")
    if rate < WANTED_PER_SECOND or growth > MOST_GROWTH_MB:
        raise SystemExit(f"below the bar: {WANTED_PER_SECOND:,}/s, {MOST_GROWTH_MB} MB")


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
