"""UNLOAD: which objects there are afterwards, and what is in them."""

import gzip
import io
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends

from sandbox.warehouse.errors import RedshiftError
from tests.support.warehouse import ACCOUNT, BUCKET, LAKE_ROLE, REGION

SALES = "SELECT * FROM sales"
FILE = "0000_part_00.parquet"


def parquet(shop, key):
    return pq.read_table(io.BytesIO(shop.read(key)), partitioning=None)


def test_parquet_with_a_verbose_manifest(shop, unload):
    """It should write Parquet under its slice's name, and say in the manifest what it wrote."""
    assert unload(SALES, "out/", "FORMAT AS PARQUET MANIFEST VERBOSE") == 6
    assert shop.keys() == [f"out/{FILE}", "out/manifest"]
    found = shop.document("out/manifest")
    length = len(shop.read(f"out/{FILE}"))
    meta = {"content_length": length, "record_count": 6}
    assert found["entries"] == [{"url": f"s3://{BUCKET}/out/{FILE}", "meta": meta}]
    assert found["meta"] == meta
    assert found["author"]["name"] == "Amazon Redshift"
    assert [one["name"] for one in found["schema"]["elements"]] == [
        "id",
        "day",
        "shop",
        "amount",
        "paid",
        "at",
    ]
    assert found["schema"]["elements"][3]["type"] == {"base": "numeric", "precision": 9, "scale": 2}
    assert parquet(shop, f"out/{FILE}").column("amount").to_pylist()[0] == Decimal("1.50")


def test_partitions_are_folders(shop, unload):
    """It should write a folder per combination of keys, without the keys, and nulls under Hive's name for them."""
    assert unload(SALES, "out", "PARQUET PARTITION BY (day, shop) MANIFEST VERBOSE") == 6
    assert shop.keys() == [
        f"out/day=2026-01-01/shop=a/{FILE}",
        f"out/day=2026-01-01/shop=b/{FILE}",
        f"out/day=2026-01-02/shop=__HIVE_DEFAULT_PARTITION__/{FILE}",
        f"out/day=2026-01-02/shop=a/{FILE}",
        f"out/day=2026-01-03/shop=a/{FILE}",
        f"out/day=2026-01-03/shop=x%2Fy z/{FILE}",
        "out/manifest",
    ]
    assert parquet(shop, f"out/day=2026-01-01/shop=a/{FILE}").column_names == ["id", "amount", "paid", "at"]
    found = shop.document("out/manifest")
    assert found["meta"]["record_count"] == 6
    assert sorted(one["meta"]["record_count"] for one in found["entries"]) == [1] * 6


def test_include_keeps_the_keys_in_the_files(shop, unload):
    """It should leave partition columns in the files with INCLUDE."""
    unload("SELECT id, day FROM sales", "out/", "PARQUET PARTITION BY (day) INCLUDE")
    assert parquet(shop, f"out/day=2026-01-01/{FILE}").column_names == ["id", "day"]


def test_no_rows_make_no_files(shop, unload):
    """It should write a manifest of nothing."""
    assert unload("SELECT * FROM sales WHERE id > 9", "out/", "PARQUET MANIFEST VERBOSE") == 0
    assert shop.keys() == ["out/manifest"]
    assert shop.document("out/manifest")["meta"]["record_count"] == 0


@pytest.mark.parametrize("partition", ["", "PARTITION BY (day)"])
def test_nothing_is_overwritten(shop, unload, partition):
    """It should refuse where its files would go beside others, and leave those as they are."""
    unload("SELECT id, day FROM sales WHERE id = 1", "out/", f"PARQUET {partition}")
    before = shop.contents()
    with pytest.raises(RedshiftError, match="Specified unload destination on S3 is not empty"):
        unload("SELECT id, day FROM sales", "out/", f"PARQUET {partition}")
    assert shop.contents() == before


def test_allowoverwrite_leaves_other_files(shop, unload):
    """It should replace files of the same name and no others."""
    shop.s3.put_object(BUCKET, "out/0000_part_01.parquet", b"old")
    shop.s3.put_object(BUCKET, f"out/{FILE}", b"old")
    unload(SALES, "out/", "PARQUET ALLOWOVERWRITE")
    assert shop.keys() == [f"out/{FILE}", "out/0000_part_01.parquet"]
    assert parquet(shop, f"out/{FILE}").num_rows == 6


def test_cleanpath_empties_the_place(shop, unload):
    """It should remove all below its prefix first."""
    shop.s3.put_object(BUCKET, "out/deep/old", b"old")
    unload(SALES, "out/", "PARQUET CLEANPATH")
    assert shop.keys() == [f"out/{FILE}"]


def test_cleanpath_leaves_partitions_that_get_no_files(shop, unload):
    """It should empty only partitions that receive files: one without rows any more keeps its old ones."""
    unload("SELECT id, day FROM sales", "out/", "PARQUET PARTITION BY (day)")
    shop.run("DELETE FROM sales WHERE day = '2026-01-02'")
    shop.run("DELETE FROM sales WHERE id = 1")
    unload("SELECT id, day FROM sales", "out/", "PARQUET PARTITION BY (day) CLEANPATH")
    assert len(shop.keys()) == 3
    assert parquet(shop, f"out/day=2026-01-01/{FILE}").column("id").to_pylist() == [2]
    assert parquet(shop, f"out/day=2026-01-02/{FILE}").num_rows == 2


def test_size_of_files_is_bounded(shop, unload):
    """It should begin another part where a file would become larger than it may, and count the records of each."""
    shop.run("CREATE TABLE many AS SELECT range AS id, md5(range::VARCHAR) AS mark FROM range(400000)")
    unload("SELECT * FROM many", "out/", "PARQUET MAXFILESIZE 5 MB MANIFEST VERBOSE")
    found = shop.document("out/manifest")
    names = [one["url"].rpartition("/")[2] for one in found["entries"]]
    assert names[:2] == ["0000_part_00.parquet", "0000_part_01.parquet"]
    assert (
        sum(one["meta"]["record_count"] for one in found["entries"])
        == found["meta"]["record_count"]
        == 400_000
    )


def test_text_as_redshift_writes_it(shop, unload):
    """It should part fields by pipes, write booleans as letters and nulls as nothing."""
    unload("SELECT * FROM sales WHERE id < 5 ORDER BY id", "out/x_", "")
    assert shop.keys() == ["out/x_0000_part_00"]
    assert shop.read("out/x_0000_part_00").decode().splitlines() == [
        "1|2026-01-01|a|1.50|t|2026-01-01 10:00:00",
        "2|2026-01-01|b|2.50|f|2026-01-01 11:00:00",
        "3|2026-01-02|a|3.50|t|",
        "4|2026-01-02||4.50|t|",
    ]


def test_escape_marks_what_would_part_fields(shop, unload):
    """It should put a backslash before delimiters and line ends."""
    unload(r"SELECT 'a|b' || chr(10) || 'c' AS word", "out/", "ESCAPE")
    assert shop.read("out/0000_part_00") == b"a\\|b\\\nc\n"


def test_csv_with_heading_and_compression(shop, unload):
    """It should name the columns first, count that line in the manifest, and pack the file."""
    assert unload("SELECT id, shop FROM sales WHERE id = 1", "out/", "CSV HEADER GZIP MANIFEST VERBOSE") == 1
    assert gzip.decompress(shop.read("out/0000_part_00.gz")) == b"id,shop\n1,a\n"
    assert shop.document("out/manifest")["meta"]["record_count"] == 2


def test_json_one_document_a_line_in_one_row_of_files(shop, unload):
    """It should write documents, and number files alone where it does not write side by side."""
    unload("SELECT id, paid FROM sales WHERE id < 3 ORDER BY id", "out/", "JSON PARALLEL OFF")
    assert shop.read("out/000") == b'{"id":1,"paid":"t"}\n{"id":2,"paid":"f"}\n'


def test_objects_are_encrypted(shop, unload):
    """It should encrypt with S3's key unless the bucket's is asked for, whatever the bucket's default is."""
    s3 = s3_backends[ACCOUNT]["aws"]
    key = kms_backends[ACCOUNT][REGION].create_key(None, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "", None).arn
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    s3.put_bucket_encryption(BUCKET, {"Rule": {"ApplyServerSideEncryptionByDefault": default}})
    unload(SALES, "out/", "PARQUET")
    assert s3.get_object(BUCKET, f"out/{FILE}").encryption == "AES256"
    unload(SALES, "own/", "PARQUET ENCRYPTED AUTO")
    stored = s3.get_object(BUCKET, f"own/{FILE}")
    assert (stored.encryption, stored.kms_key_id) == ("aws:kms", key)


@pytest.mark.parametrize(
    ("query", "place", "options", "problem"),
    [
        ("SELECT * FROM sales LIMIT 3", "out/", "PARQUET", "Limit clause is not supported"),
        ("SELECT id, id FROM sales", "out/", "PARQUET", 'column "id" specified more than once'),
        (SALES, "out/", "PARQUET PARTITION BY (nothing)", 'column "nothing" of PARTITION BY is not in the query'),
        ("SELECT day FROM sales", "out/", "PARQUET PARTITION BY (day)", "at least one column that is no key"),
        (SALES, "out/", "PARQUET REGION 'eu-west-1'", "PermanentRedirect"),
        ("DELETE FROM sales", "out/", "PARQUET", "syntax error|needs a SELECT"),
    ],
)  # fmt: skip
def test_what_is_refused_writes_nothing(shop, unload, query, place, options, problem):
    """It should refuse before it writes."""
    with pytest.raises(RedshiftError, match=problem):
        unload(query, place, options)
    assert shop.keys() == []


def test_inner_limit_is_fine(shop, unload):
    """It should take a LIMIT that is not the query's own."""
    query = "SELECT * FROM sales WHERE id IN (SELECT id FROM sales ORDER BY id LIMIT 2)"
    assert unload(query, "out/", "PARQUET") == 2


def test_bucket_and_role_must_let_it(shop, unload):
    """It should say what S3 says, and refuse a role that is not attached."""
    with pytest.raises(RedshiftError, match="NoSuchBucket"):
        shop.run(f"UNLOAD ('SELECT 1 AS a') TO 's3://nothing-here/x/' IAM_ROLE '{LAKE_ROLE}' PARQUET")
    shop.cloud.attached.clear()
    with pytest.raises(RedshiftError, match="not associated"):
        unload(SALES, "out/", "PARQUET")


def test_unload_sees_its_own_transaction(shop, unload):
    """It should write what its transaction has done so far."""
    shop.run("BEGIN")
    shop.run("DELETE FROM sales WHERE id > 1")
    assert unload(SALES, "out/", "PARQUET") == 1
    shop.run("ROLLBACK")
    assert shop.rows("SELECT count(*) FROM sales") == [(6,)]
