import io
from datetime import datetime

import pyarrow.parquet as pq
import pytest

from tests.support.dms import BUCKET, SOURCE, fill, include, refused

FIRST = "shop/item/LOAD00000001.parquet"


def load(migration, server, *rules, **settings):
    """Load with these settings of the target."""
    task = migration.task(migration.source(server), *rules, target=migration.target(**settings))
    ended = migration.run(task)
    assert ended["StopReason"] == "Stop Reason FULL_LOAD_ONLY_FINISHED", ended
    return task


def test_defaults_are_shown(migration):
    """It should complete the settings of a target with DMS's defaults."""
    migration.target()
    [found] = migration.dms.describe_endpoints()["Endpoints"]
    expected = {
        "CompressionType": "none",
        "EncryptionMode": "sse-s3",
        "RowGroupLength": 10_000,
        "MaxFileSize": 1_048_576,
    }
    assert expected.items() <= found["S3Settings"].items()


def test_folder_stands_before_schema_and_table(migration, mysql):
    """It should write to folder, schema and table."""
    fill(mysql, "item")
    load(migration, mysql, BucketFolder="extract/today/")
    assert migration.listed() == [f"extract/today/{FIRST}"]


@pytest.mark.parametrize(
    ("settings", "codec", "encoding"),
    [
        ({}, "UNCOMPRESSED", "RLE_DICTIONARY"),
        ({"CompressionType": "gzip", "EncodingType": "plain"}, "GZIP", None),
    ],
)
def test_compression_and_encoding(migration, mysql, settings, codec, encoding):
    """It should compress and encode as told, under the same name."""
    fill(mysql, "item")
    load(migration, mysql, **settings)
    column = migration.file(FIRST).metadata.row_group(0).column(1)
    assert column.compression == codec
    assert (encoding in column.encodings) is bool(encoding)


def test_row_groups_have_the_length_asked_for(migration, mysql):
    """It should fill row groups exactly, whatever the size of the batches."""
    fill(mysql, "item", rows=2500)
    load(migration, mysql, RowGroupLength=1000)
    metadata = migration.file(FIRST).metadata
    assert [metadata.row_group(number).num_rows for number in range(3)] == [1000, 1000, 500]


@pytest.mark.parametrize("wanted", [True, False])
def test_statistics_are_written_or_not(migration, mysql, wanted):
    """It should keep the least and greatest values in the footer only where asked."""
    fill(mysql, "item")
    load(migration, mysql, EnableStatistics=wanted)
    assert migration.file(FIRST).metadata.row_group(0).column(0).is_stats_set is wanted


def test_full_files_are_followed_by_others(migration, mysql):
    """It should begin a new file when one is full, counting in hexadecimal."""
    fill(mysql, "item", rows=1700)
    load(migration, mysql, RowGroupLength=100, MaxFileSize=1)
    names = [key.rpartition("/")[2] for key in migration.listed()]
    assert names[:2] == ["LOAD00000001.parquet", "LOAD00000002.parquet"]
    assert names[9:11] == ["LOAD0000000A.parquet", "LOAD0000000B.parquet"]
    assert len(names) == 17
    assert sum(migration.file(key).metadata.num_rows for key in migration.listed()) == 1700


def test_columns_about_the_load(migration, mysql):
    """It should add the operation before and the time after the columns, where asked."""
    fill(mysql, "item", rows=1)
    load(migration, mysql, IncludeOpForFullLoad=True, TimestampColumnName="loaded_at")
    [row] = migration.rows(FIRST)
    assert list(row) == ["Op", "id", "name", "loaded_at"]
    assert row["Op"] == "I"
    assert datetime.fromisoformat(row["loaded_at"])


def test_time_of_the_task_may_stand_for_that_of_the_row(migration, mysql):
    """It should give every table the time at which the task began, where asked."""
    fill(mysql, "item", rows=1)
    settings = {"TimestampColumnName": "loaded_at", "UseTaskStartTimeForFullLoadTimestamp": True}
    task = load(migration, mysql, **settings)
    began = migration.show(task)["ReplicationTaskStartDate"].timestamp()
    [row] = migration.rows(FIRST)
    assert datetime.fromisoformat(f"{row['loaded_at']}+00:00").timestamp() == pytest.approx(began, abs=0.001)


def test_encryption(migration, mysql):
    """It should encrypt with the key of the endpoint, or with S3's own."""
    fill(mysql, "item")
    key = migration.client("kms").create_key()["KeyMetadata"]["Arn"]
    load(migration, mysql, EncryptionMode="sse-kms", ServerSideEncryptionKmsKeyId=key)
    stored = migration.object(FIRST)
    assert (stored["ServerSideEncryption"], stored["SSEKMSKeyId"]) == ("aws:kms", key)


def test_encryption_cannot_be_strengthened_later(migration):
    """It should refuse to change an endpoint from S3's keys to KMS, and allow the way back."""
    key = migration.client("kms").create_key()["KeyMetadata"]["Arn"]
    wanted = {"EncryptionMode": "sse-kms", "ServerSideEncryptionKmsKeyId": key}
    plain, locked = migration.target(), migration.target("locked", **wanted)
    modify = migration.dms.modify_endpoint
    refused("InvalidParameterValueException", modify, EndpointArn=plain, S3Settings=wanted)
    changed = modify(EndpointArn=locked, S3Settings={"EncryptionMode": "sse-s3"})
    assert changed["Endpoint"]["S3Settings"]["EncryptionMode"] == "sse-s3"
    refused("InvalidParameterValueException", migration.target, "other", EncryptionMode="sse-kms")


def test_attributes_stand_for_settings(migration, mysql):
    """It should read extra connection attributes, and prefer the settings."""
    fill(mysql, "item")
    made = migration.dms.create_endpoint(
        EndpointIdentifier="old",
        EndpointType="target",
        EngineName="s3",
        ExtraConnectionAttributes="addColumnName=true;compressionType=GZIP;dataFormat=parquet;bucketFolder=old;",
        S3Settings={
            "BucketName": BUCKET,
            "BucketFolder": "new",
            "ServiceAccessRoleArn": f"arn:aws:iam::{SOURCE}:role/extract-writer",
        },
    )
    task = migration.task(migration.source(mysql), target=made["Endpoint"]["EndpointArn"])
    migration.run(task)
    assert migration.listed() == [f"new/{FIRST}"]
    assert migration.file(f"new/{FIRST}").metadata.row_group(0).column(0).compression == "GZIP"


@pytest.mark.parametrize("left", ["keep", "remove"])
@pytest.mark.parametrize("mode", ["DROP_AND_CREATE", "DO_NOTHING"])
def test_leftovers_of_an_earlier_load(migration, mysql, left, mode):
    """It should leave older objects there, or remove them where the task drops tables and the test wants that."""
    fill(mysql, "item")
    old = "shop/item/LOAD00000007.parquet"
    migration.client("s3").put_object(Bucket=BUCKET, Key=old, Body=b"old")
    migration.sandbox.choose(dms_leftovers=left)
    task = migration.task(
        migration.source(mysql), settings={"FullLoadSettings": {"TargetTablePrepMode": mode}}
    )
    migration.run(task)
    removed = left == "remove" and mode == "DROP_AND_CREATE"
    assert migration.listed() == ([FIRST] if removed else [FIRST, old])


def test_page_versions(migration, mysql):
    """It should write pages of the version asked for, readable by others."""
    fill(mysql, "item", rows=50)
    load(migration, mysql, include("item"), ParquetVersion="parquet-2-0", DataPageSize=100)
    content = migration.object(FIRST)["Body"].read()
    assert pq.read_table(io.BytesIO(content)).num_rows == 50
