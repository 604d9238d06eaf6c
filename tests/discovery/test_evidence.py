"""Manifest, records, coverage and what a run has shown."""

import gzip
import io
import json
from datetime import UTC, datetime

import pytest

from switchyard.discovery.coverage import Finding, coverage, statuses
from switchyard.discovery.detections import column_of, detections, register_rows
from switchyard.discovery.manifest import Manifest, batches, missing, read_listing, unfounded
from switchyard.discovery.records import Tables, is_of_job, line, once, parts, read_events, read_results
from tests.discovery.conftest import FOLDER, record

TABLES = [("sakila", "customer"), ("sakila", "empty"), ("sakila", "odd name")]


def listed(*keys):
    return [{"Key": key, "ETag": f'"{number}"', "Size": 10} for number, key in enumerate(keys)]


def made(*keys):
    return read_listing(listed(*keys), folder=FOLDER, tables=TABLES)


def result(key, code, reason=None, etag=None):
    status = {"code": code, "reason": reason}
    return {
        "resourcesAffected": {"s3Object": {"key": key, "eTag": etag or ETAGS[key]}},
        "classificationDetails": {"result": {"status": status}},
    }


KEY = f"{FOLDER}sakila/customer/LOAD00000001.parquet"
OTHER = f"{FOLDER}sakila/odd name/LOAD0000000A.parquet"
ETAGS = {KEY: "0", OTHER: "1"}


def test_manifest_knows_whose_each_object_is():
    """It should place objects by their folders, and name what nobody loaded."""
    manifest, strange = made(OTHER, KEY, f"{FOLDER}sakila/gone/LOAD00000001.parquet", f"{FOLDER}note.txt")
    assert [(one.schema, one.table) for one in manifest.objects] == [TABLES[0], TABLES[2]]
    assert len(strange) == 2
    assert Manifest.from_dict(json.loads(json.dumps(manifest.as_dict()))) == manifest
    assert manifest.sha256 != made(KEY)[0].sha256
    assert manifest.size == 20


def test_only_empty_tables_have_no_object():
    """It should miss the objects of a table with rows, and wonder at those of one without."""
    manifest, _ = made(KEY)
    assert missing(manifest, {TABLES[0]: 3, TABLES[1]: 0}) == []
    assert missing(manifest, {TABLES[0]: 3, TABLES[2]: 1}) == ["sakila.odd name"]
    assert unfounded(manifest, {TABLES[0]: 0}) == ["sakila.customer"]


def test_keys_are_deleted_a_thousand_at_once():
    """It should fill requests up to what S3 takes."""
    assert [len(one) for one in batches([{"Key": str(number)} for number in range(2001)])] == [1000, 1000, 1]
    assert list(batches([])) == []


@pytest.mark.parametrize(
    ("path", "column"),
    [
        ("$.email", "email"), ("$['zip code']", "zip code"), ("$['e.mail']", "e.mail"), ('$["q"]', "q"),
        ("$.a.b", "b"), ("$['a]b']", "a]b"), ("", None), ("$", None),
    ],
)  # fmt: skip
def test_column_is_the_end_of_the_path(path, column):
    """It should read dotted and bracketed names."""
    assert column_of(path) == column


def test_detections_keep_what_has_no_place():
    """It should have a row without column where Macie tells none, and say where there may be more."""
    found = record(
        managed=[("NAME", 20, ["$.name", "$.name", "$.other"]), ("ADDRESS", 2, [])],
        custom=[("EMAIL", 1, ["$.email"])],
    )
    name, address, email = detections(found)
    assert (name.columns, name.located, name.truncated, name.rows) == (("name", "other"), 3, True, 2)
    assert (address.columns, address.truncated, address.rows) == ((), True, 1)
    assert (email.detector, email.truncated) == ("custom:EMAIL", False)
    assert register_rows([found, record()]) == 4


def test_line_names_the_table():
    """It should add source, schema and table, write moments as EventBridge does, and leave out other objects."""
    tables = Tables.of(made(KEY)[0], pipeline="discovery/x", source="aurora-mysql:customers")
    moment = datetime(2026, 2, 1, 12, 0, 0, 123_456, tzinfo=UTC)
    found = record(key=KEY, createdAt=moment)
    found["resourcesAffected"]["s3Object"]["lastModified"] = moment
    text = json.loads(line(found, tables))
    assert (text["source_name"], text["schema_name"], text["table_name"]) == (
        "aurora-mysql:customers", "sakila", "customer",
    )  # fmt: skip
    assert text["createdAt"] == "2026-02-01T12:00:00.123Z"
    assert text["resourcesAffected"]["s3Object"]["lastModified"] == "2026-02-01T12:00:00.123Z"
    assert line(record(key="elsewhere/x.parquet"), tables) is None


def test_parts_are_the_same_each_time():
    """It should fill files up, and make none of nothing."""
    lines = [b"%d\n" % number for number in range(5)]
    assert list(parts(lines, 2)) == list(parts(lines, 2)) == [b"0\n1\n", b"2\n3\n", b"4\n"]
    assert list(parts([])) == []


def test_events_are_read_without_anything_between_them():
    """It should take events that stand on one line, gzip, and what comes twice; and leave out others' events."""
    ours = {"source": "aws.macie", "detail-type": "Macie Finding", "detail": record(1)}
    other = {"source": "aws.s3", "detail-type": "Object Created", "detail": {}}
    text = (json.dumps(ours) * 2 + "\n" + json.dumps(other)).encode()
    for content in (text, gzip.compress(text)):
        assert [one["id"] for one in once(read_events(io.BytesIO(content)))] == [f"{1:032x}"]
    with pytest.raises(ValueError, match="Expecting"):
        list(read_events(io.BytesIO(text[:-3])))


def test_results_are_read_from_their_archive():
    """It should read JSON lines under gzip."""
    file = io.BytesIO(gzip.compress(b'{"id": "1"}\n\n{"id": "2"}\n'))
    assert [one["id"] for one in read_results(file)] == ["1", "2"]


def test_other_jobs_and_samples_are_left_out():
    """It should take the findings of the run's job alone."""
    assert is_of_job(record(), "job-1")
    assert not is_of_job(record(), "job-2")
    assert not is_of_job(record(sample=True), "job-1")


@pytest.mark.parametrize(
    ("results", "findings", "shown"),
    [
        ([result(KEY, "COMPLETE"), result(OTHER, "COMPLETE")], 1, Finding.FOUND),
        ([result(KEY, "COMPLETE"), result(OTHER, "COMPLETE")], 0, Finding.CLEAN),
        ([result(KEY, "COMPLETE"), result(OTHER, "SKIPPED", "ACCESS_DENIED")], 0, Finding.BLIND),
        ([result(KEY, "COMPLETE"), result(OTHER, "PARTIAL")], 3, Finding.BLIND),
        ([result(KEY, "COMPLETE")], 0, Finding.BLIND),
        ([result(KEY, "COMPLETE"), result(OTHER, "COMPLETE", etag="replaced")], 1, Finding.BLIND),
        ([], 0, Finding.NOTHING),
        (None, 0, Finding.UNPROVEN),
        (None, 2, Finding.UNPROVEN),
    ],
)
def test_no_findings_is_one_of_four_things(results, findings, shown):
    """It should tell clean from unproven, blind and nothing scanned."""
    manifest, _ = made(KEY, OTHER)
    told = None if results is None else statuses(results, manifest)
    assert coverage(manifest, told).verdict(findings) is shown


def test_empty_extract_is_nothing_scanned():
    """It should not call clean what has no object."""
    assert coverage(Manifest(()), {}).verdict(0) is Finding.NOTHING


def test_coverage_tells_why():
    """It should count by table, with the reason of what was not searched, the worse status first."""
    manifest, _ = made(KEY, OTHER)
    told = statuses([result(OTHER, "COMPLETE"), result(OTHER, "SKIPPED", "INVALID_ENCRYPTION")], manifest)
    found = coverage(manifest, told)
    assert [one["complete"] for one in found.by_table()] == [0, 0]
    assert found.by_table()[1]["reasons"] == ["INVALID_ENCRYPTION"]
    assert {one.status for one in found.gaps} == {"UNSEEN", "SKIPPED"}
