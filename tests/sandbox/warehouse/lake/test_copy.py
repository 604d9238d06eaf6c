"""COPY: rows of objects in a table."""

import json

import pytest

from sandbox.warehouse.errors import RedshiftError
from tests.support.warehouse import BUCKET, LAKE_ROLE


@pytest.fixture
def copy(shop):
    """Copy from a place in the bucket into an empty table like sales."""
    shop.run(
        "CREATE TABLE copied (id INT, day DATE, shop VARCHAR(9), amount DECIMAL(9,2), paid BOOLEAN, at TIMESTAMP)"
    )

    def run(place, options, columns=""):
        return shop.run(
            f"COPY copied {columns} FROM 's3://{BUCKET}/{place}' IAM_ROLE '{LAKE_ROLE}' {options}"
        ).affected

    return run


@pytest.mark.parametrize(
    ("out", "back"),
    [
        ("PARQUET", "FORMAT AS PARQUET"),
        ("CSV", "CSV"),
        ("CSV HEADER GZIP", "CSV GZIP IGNOREHEADER 1"),
        ("DELIMITER ','", "DELIMITER ','"),
        ("", ""),
    ],
)
def test_what_was_unloaded_comes_back(shop, unload, copy, out, back):
    """It should copy what UNLOAD wrote, unchanged."""
    unload("SELECT * FROM sales", "out/", out)
    assert copy("out/", back) == 6
    assert shop.rows("SELECT * FROM copied ORDER BY id") == shop.rows("SELECT * FROM sales ORDER BY id")


def test_manifest_names_the_objects(shop, unload, copy):
    """It should copy what a manifest lists, and no more."""
    unload("SELECT * FROM sales", "out/", "PARQUET MANIFEST")
    unload("SELECT * FROM sales", "out/z", "PARQUET")
    assert copy("out/manifest", "PARQUET MANIFEST") == 6


def test_missing_object_of_a_manifest(shop, unload, copy):
    """It should fail on an object that is not there only where it is mandatory."""
    unload("SELECT * FROM sales", "out/", "PARQUET MANIFEST")
    entries = shop.document("out/manifest")["entries"]
    for mandatory in (False, True):
        lost = {"url": f"s3://{BUCKET}/out/lost", "mandatory": mandatory}
        shop.s3.put_object(BUCKET, "list", json.dumps({"entries": [*entries, lost]}).encode())
        if mandatory:
            with pytest.raises(RedshiftError, match=r"mandatory file .*lost not found"):
                copy("list", "PARQUET MANIFEST")
        else:
            assert copy("list", "PARQUET MANIFEST") == 6


def test_columns_are_filled_as_listed(shop, copy):
    """It should fill the columns that are listed, in their order."""
    shop.s3.put_object(BUCKET, "in/one", b"a|7\nb|8\n")
    assert copy("in/", "", "(shop, id)") == 2
    assert shop.rows("SELECT id, shop, amount FROM copied ORDER BY 1") == [(7, "a", None), (8, "b", None)]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"x|y\n", "Load into table .*failed.*stl_load_errors"),
        (None, "The specified S3 prefix 'in/' does not exist"),
    ],
)
def test_what_cannot_be_copied(shop, copy, content, problem):
    """It should leave the table as it was where a value does not fit or there is nothing."""
    if content:
        shop.s3.put_object(BUCKET, "in/one", content)
    with pytest.raises(RedshiftError, match=problem):
        copy("in/", "", "(shop, id)")
    assert shop.rows("SELECT count(*) FROM copied") == [(0,)]
