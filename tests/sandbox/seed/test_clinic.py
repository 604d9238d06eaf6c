"""What the clinic plants, held against the identifiers that there are."""

from __future__ import annotations

import json

from sandbox.macie.managed import detectors
from sandbox.macie.scanner import Scanner
from sandbox.seed.clinic.samples import SAMPLES


def test_each_managed_identifier_has_a_sample():
    """It should plant something for every identifier that Macie manages, each in a column of its own."""
    assert SAMPLES.keys() == detectors().keys()
    assert len({one.column for one in SAMPLES.values()}) == len(SAMPLES)


def test_samples_are_found_by_what_they_are_for():
    """It should know by which identifiers each sample is found, and by no others."""
    scanner = Scanner(list(detectors().values()))
    found = {
        detector: {
            hit.detector.key
            for hit in scanner.scan("1.jsonl", json.dumps({one.column: one.value}).encode()).hits
        }
        for detector, one in SAMPLES.items()
    }
    assert found == {detector: {detector, *one.also} for detector, one in SAMPLES.items()}
