"""The manifest of an UNLOAD."""

from __future__ import annotations

import json

import pytest

from switchyard.errors import CheckFailed
from switchyard.federated.manifest import read_manifest, require_whole

PLACE = "s3://lake/published/web_sales/load_id=1/"


def entry(name, rows, size=100):
    return {"url": PLACE + name, "meta": {"content_length": size, "record_count": rows}}


def manifest(*entries, total=None):
    rows = sum(one["meta"]["record_count"] for one in entries) if total is None else total
    return json.dumps({"entries": entries, "meta": {"content_length": 0, "record_count": rows}}).encode()


def test_whole_unload_is_accepted():
    """It should count rows and bytes, and take files that are as the manifest says."""
    found = read_manifest(PLACE, manifest(entry("a.parquet", 3), entry("b.parquet", 4, 50)))
    assert (found.rows, found.size, len(found.files)) == (7, 150, 2)
    require_whole(PLACE, found, counted=7, sizes={PLACE + "a.parquet": 100, PLACE + "b.parquet": 50})


def test_empty_table_has_an_empty_manifest():
    """It should accept an unload of no rows."""
    require_whole(PLACE, read_manifest(PLACE, manifest()), counted=0, sizes={})


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"not json", "no verbose manifest"),
        (b'{"entries": [{"url": "s3://lake/x"}]}', "no verbose manifest"),
        (b"[]", "no verbose manifest"),
        (manifest(entry("a.parquet", 3), total=4), "its files hold 3 rows, its total is 4"),
        (manifest(entry("../load_id=0/a.parquet", 1)).replace(b"load_id=1/../", b""), "not in that folder"),
    ],
)
def test_wrong_manifests_are_refused(content, found):
    """It should not take a manifest that is not verbose, contradicts itself, or names files elsewhere."""
    with pytest.raises(CheckFailed, match=found):
        read_manifest(PLACE, content)


@pytest.mark.parametrize(
    ("counted", "sizes", "found"),
    [
        (4, {PLACE + "a.parquet": 100}, "the manifest counts 3 rows, the warehouse 4"),
        (3, {}, "a.parquet has no bytes in S3 and 100 in the manifest"),
        (3, {PLACE + "a.parquet": 99}, "a.parquet has 99 bytes"),
        (3, {PLACE + "a.parquet": 100, PLACE + "b.parquet": 1}, "b.parquet has 1 bytes in S3 and no"),
    ],
)
def test_unload_that_is_not_whole_is_refused(counted, sizes, found):
    """It should find rows that differ from the warehouse's, and files that are lost, cut or strange."""
    with pytest.raises(CheckFailed, match=found):
        require_whole(
            PLACE, read_manifest(PLACE, manifest(entry("a.parquet", 3))), counted=counted, sizes=sizes
        )
