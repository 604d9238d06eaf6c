"""Records as Macie gives them."""

from __future__ import annotations

import pytest

FOLDER = "extract/customers/"


def record(number=1, key=f"{FOLDER}sakila/customer/LOAD00000001.parquet", *, managed=(), custom=(), **more):
    """A finding; managed and custom are (name, count, JSON paths)."""
    groups = [
        {"category": "PERSONAL_INFORMATION", "totalCount": count, "detections": [_detection("type", *one)]}
        for one in managed
        for count in [one[1]]
    ]
    details = {
        "jobId": "job-1",
        "result": {
            "status": {"code": "COMPLETE"},
            "sensitiveData": groups,
            "customDataIdentifiers": {"detections": [_detection("name", *one) for one in custom]},
        },
    }
    return {
        "id": f"{number:032x}",
        "severity": {"score": 2, "description": "Medium"},
        "resourcesAffected": {"s3Object": {"key": key, "eTag": "e"}},
        "classificationDetails": details,
        **more,
    }


def _detection(field, name, count, paths):
    places = [{"jsonPath": path, "recordIndex": number} for number, path in enumerate(paths)]
    return {field: name, "count": count, "occurrences": {"records": places}}


@pytest.fixture
def make_record():
    return record
