import gzip
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sandbox.macie import formats
from tests.sandbox.macie.conftest import ACCOUNT, EXTRACT, RESULTS, allow, document
from tests.sandbox.macie.test_jobs import PHONES, definition

MACIE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie"


def status(record):
    found = record["classificationDetails"]["result"]["status"]
    return found["code"], found["reason"]


def deny(*actions, but=None):
    rule = {"Effect": "Deny", "Principal": "*", "Action": list(actions)}
    rule["Resource"] = [f"arn:aws:s3:::{EXTRACT}", f"arn:aws:s3:::{EXTRACT}/*"]
    return rule | ({"Condition": {"ArnNotEquals": {"aws:PrincipalArn": but}}} if but else {})


def test_every_object_in_scope_has_a_result(desk):
    """It should write one record per object, clean ones too, where the account exports, encrypted with its key."""
    key = desk.export()
    desk.put("phones.csv", PHONES)
    desk.put("clean.csv", "title\nAmber River\n")
    desk.put("packed.csv.gz", gzip.compress(PHONES.encode()))
    job = desk.start()
    desk.wait(job)
    records = desk.results()
    assert {name: status(record) for name, record in records.items()} == dict.fromkeys(
        ("phones.csv", "clean.csv", "packed.csv.gz"), ("COMPLETE", None)
    )
    assert records["packed.csv.gz"]["embeddedFileDetails"] == {
        "filePath": "packed.csv",
        "fileExtension": "csv",
    }
    assert records["clean.csv"]["classificationDetails"]["result"]["sensitiveData"] == []
    [stored] = desk.s3.list_objects_v2(
        Bucket=RESULTS, Prefix=f"found/AWSLogs/{ACCOUNT}/Macie/us-west-2/{job}/"
    )["Contents"]
    assert stored["Key"].startswith(f"found/AWSLogs/{ACCOUNT}/Macie/us-west-2/{job}/{ACCOUNT}/")
    head = desk.s3.head_object(Bucket=RESULTS, Key=stored["Key"])
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    places = {one["classificationDetails"]["detailedResultsLocation"] for one in desk.findings(job).values()}
    assert places == {f"s3://{RESULTS}/{stored['Key']}"}


def test_location_says_that_nothing_is_exported(desk):
    """It should name no bucket in findings where the account does not export results."""
    desk.put("1.csv", PHONES)
    [finding] = desk.look().values()
    assert finding["classificationDetails"]["detailedResultsLocation"].startswith(
        "s3://[export-config-not-set]/"
    )
    assert desk.macie.get_classification_export_configuration()["configuration"] == {}


def test_export_needs_a_bucket_and_key_that_admit_macie(desk):
    """It should refuse to export where the bucket's or the key's policy does not let Macie write."""
    desk.bucket(RESULTS)
    service = {"Service": "macie.amazonaws.com"}
    mine, shared = desk.new_key(), desk.new_key(allow(service, "kms:GenerateDataKey"))

    def export(key):
        place = {"bucketName": RESULTS, "kmsKeyArn": key}
        desk.macie.put_classification_export_configuration(configuration={"s3Destination": place})

    with pytest.raises(
        desk.macie.exceptions.AccessDeniedException, match="can't write to s3://macie-results"
    ):
        export(shared)
    desk.s3.put_bucket_policy(
        Bucket=RESULTS, Policy=document(allow(service, "s3:PutObject", f"arn:aws:s3:::{RESULTS}/*"))
    )
    with pytest.raises(
        desk.macie.exceptions.AccessDeniedException, match="can't write to s3://macie-results"
    ):
        export(mine)
    export(shared)
    found = desk.macie.get_classification_export_configuration()["configuration"]["s3Destination"]
    assert found == {"bucketName": RESULTS, "kmsKeyArn": shared}


def test_customer_key_must_name_macies_role(desk):
    """It should skip objects under a key that admits only the account, and read those whose key names the role."""
    desk.export()
    closed, opened = desk.new_key(), desk.new_key(allow({"AWS": MACIE}, "kms:Decrypt"))
    dead = desk.new_key(allow({"AWS": MACIE}, "kms:Decrypt"))
    for name, key in (("closed", closed), ("opened", opened), ("dead", dead)):
        desk.put(f"{name}.csv", PHONES, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    desk.put("managed.csv", PHONES, ServerSideEncryption="aws:kms")
    desk.kms.disable_key(KeyId=dead)
    assert set(desk.look()) == {"opened.csv", "managed.csv"}
    assert {name: status(record) for name, record in desk.results().items()} == {
        "closed.csv": ("SKIPPED", "INVALID_ENCRYPTION"),
        "dead.csv": ("SKIPPED", "INVALID_KMS_KEY"),
        "managed.csv": ("COMPLETE", None),
        "opened.csv": ("COMPLETE", None),
    }


def test_bucket_policy_counts_for_macies_role(desk):
    """It should skip what a policy denies to all, and read what it denies to all but its role."""
    desk.export()
    desk.put("1.csv", PHONES)
    desk.s3.put_bucket_policy(Bucket=EXTRACT, Policy=document(deny("s3:GetObject")))
    assert desk.look() == {}
    assert status(desk.results()["1.csv"]) == ("SKIPPED", "PERMISSION_DENIED")
    desk.s3.put_bucket_policy(Bucket=EXTRACT, Policy=document(deny("s3:GetObject", but=MACIE)))
    assert set(desk.look(clientToken="two")) == {"1.csv"}


def test_bucket_that_cannot_be_listed_is_an_error_of_the_job(desk):
    """It should complete with an error where it may not look into a bucket, or there is none, or another's."""
    desk.put("1.csv", PHONES)
    desk.s3.put_bucket_policy(Bucket=EXTRACT, Policy=document(deny("s3:ListBucket")))
    for token, wanted in (
        ("one", definition()),
        ("two", definition(buckets=["nothing"])),
        ("three", definition(account="222222222222")),
    ):
        found = desk.wait(desk.start(clientToken=token, s3JobDefinition=wanted))
        assert found["lastRunErrorStatus"] == {"code": "ERROR"}
    desk.s3.delete_bucket_policy(Bucket=EXTRACT)
    desk.sandbox.fault("macie2:Run/look", "error", code="ACCESS")
    assert desk.wait(desk.start(clientToken="four"))["lastRunErrorStatus"] == {"code": "ERROR"}
    assert desk.wait(desk.start(clientToken="five"))["lastRunErrorStatus"] == {"code": "NONE"}


def test_files_that_cannot_be_analysed_say_why(desk, monkeypatch):
    """It should skip unknown and broken files, and analyse in part what breaks off, or what a fault says."""
    desk.export()
    file = io.BytesIO()
    rows = 1 << 12
    monkeypatch.setattr(formats, "BATCH_ROWS", rows // 2)
    pq.write_table(
        pa.table({"phone": ["4155550100"] * rows, "x": [f"{n}" for n in range(rows)]}),
        file,
        row_group_size=rows // 2,
    )
    whole = bytearray(file.getvalue())
    half = pq.read_metadata(io.BytesIO(whole)).row_group(1).column(1)
    start = half.dictionary_page_offset or half.data_page_offset
    whole[start : start + 400] = b"\xff" * 400
    desk.put("half.parquet", bytes(whole))
    desk.put("broken.parquet", b"PAR1 no PAR1")
    desk.put("broken.csv.gz", b"no gzip")
    desk.put("picture.png", b"")
    desk.put("odd.json", b"{")
    desk.put("slow.csv", PHONES)
    desk.put("late.csv", PHONES)
    desk.sandbox.fault("macie2:Classify/extract/slow.csv", "error", code="TIME_CUT_OFF_REACHED")
    desk.sandbox.fault("macie2:Classify/extract/late.csv", "error", code="OBJECT_VERSION_MISMATCH")
    assert set(desk.look()) == {"half.parquet", "slow.csv"}
    assert {name: status(record) for name, record in desk.results().items()} == {
        "half.parquet": ("PARTIAL", "MALFORMED_FILE"),
        "broken.parquet": ("SKIPPED", "MALFORMED_FILE"),
        "broken.csv.gz": ("SKIPPED", "MALFORMED_FILE"),
        "picture.png": ("SKIPPED", "UNSUPPORTED_FILE_TYPE_EXCEPTION"),
        "odd.json": ("SKIPPED", "MALFORMED_FILE"),
        "slow.csv": ("PARTIAL", "TIME_CUT_OFF_REACHED"),
        "late.csv": ("SKIPPED", "OBJECT_VERSION_MISMATCH"),
    }
