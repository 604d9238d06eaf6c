import json
import subprocess
import sys

import pytest

from sandbox.objects import AccessDenied, KeyUnusable, NoSuchBucket, NoSuchKey, ObjectError, Objects

SOURCE, TARGET = "111111111111", "222222222222"
REGION = "us-west-2"
BUCKET = "extracts"
MACIE = "macie.amazonaws.com"
ROLE = f"arn:aws:iam::{SOURCE}:role/loader"


@pytest.fixture
def s3(sandbox):
    return sandbox.client("s3", "source", REGION)


@pytest.fixture
def bucket(s3):
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    for number in (1, 2):
        s3.put_object(Bucket=BUCKET, Key=f"shop/{number}.parquet", Body=b"rows" * number)
    return BUCKET


@pytest.fixture
def key(sandbox, s3, bucket):
    """A key that the bucket encrypts with; its policy lets the account and nobody else."""
    arn = sandbox.client("kms", "source", REGION).create_key()["KeyMetadata"]["Arn"]
    rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}
    s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]},
    )
    return arn


def statement(effect, principal, actions, condition=None):
    return {
        "Effect": effect,
        "Principal": principal,
        "Action": actions,
        "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
    } | ({"Condition": condition} if condition else {})


def set_policy(s3, *statements):
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Statement": list(statements)}))


# In a process of its own, since threads that wait for each other for ever would keep all later tests waiting.
CALL_BESIDE_WORK = """
import sys, threading
from sandbox.objects import NoSuchBucket, Objects
from sandbox.transitions import LOCK

def ask():
    try:
        Objects("111111111111", "us-west-2").owner("extracts")
    except NoSuchBucket:
        print("answered", flush=True)

with LOCK:
    work = threading.Thread(target=ask)
    work.start()
    while "base_backend" not in sys._current_frames()[work.ident].f_code.co_filename:
        pass
    ask()
work.join()
"""


def test_call_is_not_held_up_by_work_that_waits_for_it():
    """It should answer a call, which holds the lock, while a service's work of its own waits for that lock."""
    done = subprocess.run(
        [sys.executable, "-c", CALL_BESIDE_WORK], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == ["answered", "answered"]


def test_own_account_reads_writes_and_lists(bucket, s3, tmp_path):
    """It should do for the bucket's account what the API does."""
    objects = Objects(SOURCE, REGION, ROLE)
    written = objects.write(bucket, "shop/3.parquet", b"new", tags={"table": "orders"}, content_type="x/y")
    assert (written.size, written.tags) == (3, {"table": "orders"})
    answer = s3.get_object(Bucket=bucket, Key="shop/3.parquet")
    assert (answer["Body"].read(), answer["ContentType"], answer["ETag"]) == (
        b"new",
        "x/y",
        f'"{written.etag}"',
    )
    assert objects.read(bucket, "shop/2.parquet") == b"rowsrows"
    assert [stored.key for stored in objects.list(bucket, "shop/")] == [
        f"shop/{n}.parquet" for n in (1, 2, 3)
    ]
    assert objects.list(bucket, "other/") == []
    assert objects.save(bucket, "shop/2.parquet", tmp_path / "file").read_bytes() == b"rowsrows"
    objects.delete(bucket, "shop/3.parquet")
    with pytest.raises(NoSuchKey, match=r"s3://extracts/shop/3\.parquet"):
        objects.head(bucket, "shop/3.parquet")


def test_large_object_is_saved_whole(bucket, s3, tmp_path):
    """It should copy an object that is larger than the pieces in which it is copied."""
    content = bytes(range(256)) * 10_000
    s3.put_object(Bucket=bucket, Key="large", Body=content)
    assert Objects(SOURCE, REGION).save(bucket, "large", tmp_path / "file").read_bytes() == content


def test_file_becomes_an_object(bucket, s3, tmp_path):
    """It should take a file as an object's content, and keep it when the file's folder is gone."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    (folder / "part").write_bytes(b"rows of a file")
    objects = Objects(SOURCE, REGION)
    written = objects.write(bucket, "file", folder / "part")
    assert not list(folder.iterdir())
    folder.rmdir()
    answer = s3.get_object(Bucket=bucket, Key="file")
    assert (answer["Body"].read(), answer["ETag"]) == (b"rows of a file", f'"{written.etag}"')
    assert (written.size, objects.open(bucket, "file").read_at(5, 2)) == (14, b"of")
    assert s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/file")["CopyObjectResult"][
        "ETag"
    ] == (f'"{written.etag}"')


def test_a_write_fails_as_ordered(sandbox, bucket, s3):
    """It should fail the ordered write inside the sandbox with S3's code, and no call of the API."""
    sandbox.fault(f"s3:Write/{bucket}/*", "error", code="InternalError", message="Please try again.", after=1)
    objects = Objects(SOURCE, REGION)
    objects.write(bucket, "a", b"rows")
    with pytest.raises(ObjectError, match=r"Please try again\.") as failure:
        objects.write(bucket, "b", b"rows")
    assert failure.value.code == "InternalError"
    s3.put_object(Bucket=bucket, Key="c", Body=b"rows")
    assert {one.key for one in objects.list(bucket)} >= {"a", "c"}
    assert "b" not in {one.key for one in objects.list(bucket)}


def test_missing_bucket():
    """It should say that there is no such bucket."""
    with pytest.raises(NoSuchBucket, match="nowhere"):
        Objects(SOURCE, REGION).list("nowhere")


def test_deny_binds_a_role_of_the_account(s3, bucket):
    """It should refuse what a bucket policy denies the role, and nothing else."""
    set_policy(s3, statement("Deny", {"AWS": ROLE}, "s3:GetObject"))
    with pytest.raises(AccessDenied, match="Access Denied"):
        Objects(SOURCE, REGION, ROLE).read(bucket, "shop/1.parquet")
    assert len(Objects(SOURCE, REGION, ROLE).list(bucket)) == 2
    assert Objects(SOURCE, REGION, ROLE + "2").read(bucket, "shop/1.parquet") == b"rows"


def test_services_and_other_accounts_need_to_be_let_in(s3, bucket):
    """It should refuse a service and another account until the policy names them."""
    service, stranger = Objects(SOURCE, REGION, MACIE), Objects(TARGET, REGION)
    for outside in (service, stranger):
        with pytest.raises(AccessDenied, match="Access Denied"):
            outside.read(bucket, "shop/1.parquet")
        with pytest.raises(AccessDenied, match="Access Denied"):
            outside.list(bucket)
        with pytest.raises(AccessDenied, match="Access Denied"):
            outside.write(bucket, "x", b"")
    set_policy(
        s3,
        statement("Allow", {"Service": MACIE}, "s3:PutObject"),
        statement("Allow", {"AWS": TARGET}, ["s3:GetObject", "s3:ListBucket"]),
    )
    service.write(bucket, "results/1", b"{}")
    with pytest.raises(AccessDenied, match="Access Denied"):
        service.read(bucket, "results/1")
    assert stranger.read(bucket, "results/1") == b"{}"
    assert len(stranger.list(bucket, "results/")) == 1


def test_services_are_told_apart_by_whom_they_work_for(s3, bucket):
    """It should go by the account and the resource that a service works for."""
    arn = f"arn:aws:macie2:{REGION}:{SOURCE}:export"
    condition = {"StringEquals": {"aws:SourceAccount": SOURCE}, "ArnLike": {"aws:SourceArn": arn}}
    set_policy(s3, statement("Allow", {"Service": MACIE}, "s3:PutObject", condition))
    Objects(SOURCE, REGION, MACIE, source_arn=arn).write(bucket, "a", b"")
    with pytest.raises(AccessDenied, match="Access Denied"):
        Objects(SOURCE, REGION, MACIE).write(bucket, "a", b"")
    with pytest.raises(AccessDenied, match="Access Denied"):
        Objects(TARGET, REGION, MACIE, source_arn=arn).write(bucket, "a", b"")


def test_encryption_asked_for_is_seen_by_the_policy(s3, bucket, key):
    """It should let a policy refuse an object that asks for no KMS encryption."""
    condition = {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}
    set_policy(s3, statement("Deny", "*", "s3:PutObject", condition))
    objects = Objects(SOURCE, REGION)
    with pytest.raises(AccessDenied, match="Access Denied"):
        objects.write(bucket, "plain", b"")
    stored = objects.write(bucket, "encrypted", b"", sse="aws:kms", kms_key=key)
    assert (stored.encryption, stored.kms_key_id) == ("aws:kms", key)


def test_data_need_their_key(sandbox, s3, bucket, key):
    """It should read and write encrypted objects only for whom the key's policy lets."""
    set_policy(s3, statement("Allow", {"Service": MACIE}, "s3:*"))
    service = Objects(SOURCE, REGION, MACIE)
    assert Objects(SOURCE, REGION).write(bucket, "a", b"secret").encryption == "aws:kms"
    with pytest.raises(AccessDenied, match="kms:GenerateDataKey"):
        service.write(bucket, "b", b"")
    with pytest.raises(AccessDenied, match="kms:Decrypt"):
        service.read(bucket, "a")
    kms = sandbox.client("kms", "source", REGION)
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    grant = {"Effect": "Allow", "Principal": {"Service": MACIE}, "Action": "kms:Decrypt", "Resource": "*"}
    grant["Condition"] = {"StringEquals": {"aws:SourceAccount": SOURCE}}
    policy["Statement"].append(grant)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    assert service.read(bucket, "a") == b"secret"
    with pytest.raises(AccessDenied, match="kms:GenerateDataKey"):
        service.write(bucket, "b", b"")
    kms.disable_key(KeyId=key)
    with pytest.raises(KeyUnusable, match="is disabled") as caught:
        service.read(bucket, "a")
    assert caught.value.code == "KMS.DisabledException"
