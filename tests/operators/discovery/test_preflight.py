"""Each thing that must be as it is before rows leave the database, one at a time not so."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox.seed.worlds import customers
from sandbox.seed.worlds.discovery import MACIE
from switchyard.errors import BadInput, CheckFailed, NotAllowed, StepFailed
from switchyard.operators.discovery import endpoint_checks
from tests.support.aws_connections import SOURCE
from tests.support.discovery_steps import FEW

ACCOUNT, REGION = SOURCE["account_id"], SOURCE["region_name"]
CLOSED = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
OWN = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
SEES = {"Effect": "Allow", "Principal": {"AWS": MACIE}, "Action": "kms:Decrypt", "Resource": "*"}


def tls(bucket, **changes):
    """The statement that denies everything without TLS, or one that nearly does."""
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        **changes,
    }


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def key(steps, *statements):
    return steps.client("kms").create_key(Policy=document(OWN, *statements))["KeyMetadata"]["Arn"]


def bucket(steps, name, *, kms_key=None, region=REGION, **less):
    """A bucket that is as it must be but for what `less` says; None leaves a setting out."""
    s3 = steps.sandbox.client("s3", ACCOUNT, region)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
    rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": kms_key or key(steps, SEES)}
    wanted = {"closed": CLOSED, "rule": rule, "policy": tls(name), "versions": None} | less
    if wanted["closed"]:
        blocked = {one: one in wanted["closed"] for one in CLOSED}
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=blocked)
    if wanted["rule"]:
        rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": wanted["rule"]}]}
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=rules)
    if wanted["policy"]:
        s3.put_bucket_policy(Bucket=name, Policy=document(wanted["policy"]))
    if wanted["versions"]:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": wanted["versions"]})
    return name


@contextmanager
def export_of_results(steps):
    with steps.unexported():
        yield


@contextmanager
def paused(steps):
    steps.client("macie2").update_macie_session(status="PAUSED")
    try:
        yield
    finally:
        steps.client("macie2").update_macie_session(status="ENABLED")


@contextmanager
def off(steps):
    macie = steps.client("macie2")
    before = macie.get_classification_export_configuration()["configuration"]
    macie.disable_macie()
    try:
        yield
    finally:
        macie.enable_macie()
        macie.put_classification_export_configuration(configuration=before)


def test_sound_world_passes(steps):
    """It should find nothing to refuse, test both connections, and change nothing else."""
    begun = len(steps.sandbox.calls())
    assert steps.run().step("check")["summary"] == "all is as it must be"
    made = [call["operation"] for call in steps.sandbox.calls()[begun:]]
    changing = [
        one for one in made if not one.startswith(("Describe", "Get", "Head", "List", "Assume", "BatchGet"))
    ]
    assert changing == ["TestConnection", "TestConnection"]


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (off, "its session is not to be read: Macie is not enabled"),
        (paused, "its session is PAUSED"),
        (export_of_results, "it is not configured"),
    ],
)
def test_macie_must_be_ready(steps, spoil, found):
    """It should refuse an account in which Macie is off or paused, or keeps no results."""
    with spoil(steps), pytest.raises(CheckFailed, match=found):
        steps.run().step("check")


def test_results_may_be_done_without(steps):
    """It should take an account that keeps no results where the configuration says so."""
    with steps.unexported():
        assert steps.run(macie={"require_results": False}).step("check")


@pytest.mark.parametrize(
    ("macie", "problem"),
    [
        (
            {"selector": "INCLUDE", "managed_ids": ["NAME", "EMAIL"]},
            "macie.managed_ids is 'EMAIL'.*no such identifier",
        ),
        ({"allow_list_ids": ["a" * 22]}, "macie.allow_list_ids is 'a{22}'.*the list is not there"),
        (
            {"feed": "events", "events_bucket": "nobodys-bucket"},
            "macie.events_bucket is 'nobodys-bucket'.*HeadBucket answers",
        ),
    ],
)
def test_what_macie_is_told_must_be_there(steps, macie, problem):
    """It should refuse ids that Macie does not know, before anything is loaded for them."""
    with pytest.raises(BadInput, match=f"(?s){problem}"):
        steps.run(macie=macie).step("check")


def test_allow_list_must_be_readable(steps):
    """It should refuse a list whose object is gone: Macie would do without it and say nothing."""
    macie = steps.client("macie2")
    words = {"s3WordsList": {"bucketName": customers.FINDINGS, "objectKey": "no-such-words.txt"}}
    made = macie.create_allow_list(clientToken="gone", name="gone", criteria=words)["id"]
    with pytest.raises(BadInput, match=r"(?s)allow_list_ids.*the list is S3_\w+"):
        steps.run(macie={"allow_list_ids": [made]}).step("check")


@pytest.mark.parametrize(
    ("less", "problem"),
    [
        ({"closed": None}, "public access to it is not blocked"),
        ({"closed": CLOSED[:3]}, "public access to it is not blocked"),
        ({"rule": None}, "it has no default encryption"),
        ({"rule": {"SSEAlgorithm": "AES256"}}, "its default encryption is AES256 under no key of its own"),
        ({"rule": {"SSEAlgorithm": "aws:kms"}}, "its default encryption is aws:kms under no key of its own"),
        ({"policy": None}, "does not deny everybody all requests without TLS"),
        ({"policy": tls("spoilt", Action="s3:GetObject")}, "does not deny everybody"),
        ({"policy": tls("spoilt", Principal={"AWS": MACIE})}, "does not deny everybody"),
        ({"policy": tls("spoilt", Resource="arn:aws:s3:::spoilt/other/*")}, "does not deny everybody"),
        ({"versions": "Enabled"}, "it keeps versions, so that deleted rows would stay"),
        ({"versions": "Suspended"}, "it keeps versions, so that deleted rows would stay"),
    ],
)
def test_extract_must_be_safe(steps, less, problem):
    """It should refuse a bucket that is public, plain, reached without TLS, under another key, or that keeps rows."""
    own_key = key(steps, SEES)
    spoilt = bucket(steps, "spoilt", kms_key=own_key, **less)
    try:
        with pytest.raises(BadInput, match=f"extract.bucket.*{problem}"):
            steps.run(extract={"bucket": spoilt, "kms_key_id": own_key}).step("check")
    finally:
        steps.client("s3").delete_bucket(Bucket=spoilt)


def test_extract_must_be_under_its_own_key(steps):
    """It should refuse a bucket whose default key is another than the one of the extract."""
    other = bucket(steps, "under-another-key")
    with pytest.raises(BadInput, match=r"extract.bucket.*its default encryption is aws:kms under arn:"):
        steps.run(extract={"bucket": other}).step("check")


@pytest.mark.parametrize(
    ("name", "less", "problem"),
    [
        ("bucket", {"closed": None}, "public access to it is not blocked"),
        ("bucket", {"rule": None}, "it has no default encryption"),
        ("register_bucket", {"policy": None}, "does not deny everybody all requests without TLS"),
        ("register_bucket", {"region": "us-west-1"}, "it is in Region us-west-1"),
    ],
)
def test_evidence_must_be_safe(steps, name, less, problem):
    """It should hold the buckets of findings and register to the same rules."""
    spoilt = bucket(steps, f"evidence-{name.replace('_', '-')}-{len(problem)}", **less)
    with pytest.raises(BadInput, match=f"evidence.{name} is .*{problem}"):
        steps.run(evidence={name: spoilt}).step("check")


@pytest.mark.parametrize(
    "statements",
    [
        (),
        ({**SEES, "Action": "kms:DescribeKey"},),
        ({**SEES, "Principal": {"AWS": MACIE.replace(ACCOUNT, "222222222222")}},),
        (SEES, {**SEES, "Effect": "Deny"}),
    ],
)
def test_macie_must_be_let_decrypt(steps, statements):
    """It should refuse a key that does not let Macie's role decrypt: Macie would see nothing, and say nothing."""
    blind = key(steps, *statements)
    name = bucket(steps, "blind", kms_key=blind)
    try:
        with pytest.raises(CheckFailed, match=r"does not let Macie's role .* decrypt"):
            steps.run(extract={"bucket": name, "kms_key_id": blind}).step("check")
    finally:
        steps.client("s3").delete_bucket(Bucket=name)


def test_key_must_be_usable(steps):
    """It should refuse a key that is not there or not enabled."""
    with pytest.raises(BadInput, match=r"extract.kms_key_id is .*there is no such key"):
        steps.run(extract={"kms_key_id": "alias/none"}).step("check")
    sleeping = key(steps, SEES)
    steps.client("kms").disable_key(KeyId=sleeping)
    with pytest.raises(BadInput, match=r"extract.kms_key_id.*the key is Disabled"):
        steps.run(extract={"kms_key_id": sleeping}).step("check")


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (None, "there is no such workgroup"),
        ({"EnforceWorkGroupConfiguration": False}, "it does not enforce its settings"),
        ({"ResultConfiguration": {"OutputLocation": "s3://results/"}}, "it does not encrypt results"),
        ({"ResultConfiguration": {}}, "it has no place for results"),
    ],
)
def test_workgroup_must_encrypt(steps, settings, problem):
    """It should refuse a workgroup that leaves place or encryption of results to whoever asks."""
    name = problem.replace(" ", "-")
    if settings is not None:
        encrypted = {
            "OutputLocation": "s3://results/",
            "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
        }
        sound = {"EnforceWorkGroupConfiguration": True, "ResultConfiguration": encrypted}
        steps.client("athena").create_work_group(Name=name, Configuration=sound | settings)
    with pytest.raises(BadInput, match=f"athena.workgroup is '{name}'.*{problem}"):
        steps.run(athena={"workgroup": name}).step("check")


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"BucketName": customers.FINDINGS}, "its bucket is switchyard-findings"),
        ({"BucketFolder": "others"}, "its folder is others"),
        ({"EncryptionMode": "sse-s3", "ServerSideEncryptionKmsKeyId": None}, "its encryption is sse-s3"),
        ({"ServerSideEncryptionKmsKeyId": "alias/other"}, "its key is alias/other"),
        ({"ParquetTimestampInMillisecond": False}, "it writes timestamps in microseconds"),
        ({"IncludeOpForFullLoad": True}, "it adds the column Op"),
    ],
)
def test_target_must_write_what_is_searched(steps, settings, problem):
    """It should refuse an endpoint that writes elsewhere, in another form or under another key."""
    dms, kms = steps.client("dms"), steps.client("kms")
    arn = kms.describe_key(KeyId="alias/switchyard-discovery-extract")["KeyMetadata"]["Arn"]
    chosen = [{"Name": "endpoint-arn", "Values": [steps.task()["TargetEndpointArn"]]}]
    sound = dms.describe_endpoints(Filters=chosen)["Endpoints"][0]["S3Settings"]
    wanted = {name: value for name, value in (sound | settings).items() if value is not None}
    made = dms.create_endpoint(
        EndpointIdentifier="loose", EndpointType="target", EngineName="s3", S3Settings=wanted
    )["Endpoint"]["EndpointArn"]
    try:
        extract = {"bucket": customers.EXTRACT, "folder": customers.FOLDER}
        with pytest.raises(BadInput, match=f"load.replication_task_id is 'loose'.*{problem}"):
            endpoint_checks.require_target(dms, made, extract, arn)
    finally:
        dms.delete_endpoint(EndpointArn=made)


def certificate(ends):
    """A certificate that is valid until then."""
    own = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a root")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(own.public_key())
        .serial_number(1)
        .not_valid_before(ends - timedelta(days=900))
        .not_valid_after(ends)
        .sign(own, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize(("days", "holds"), [(-500, False), (5, False), (400, True)])
def test_certificate_must_hold(steps, days, holds):
    """It should refuse a source whose certificate has expired or is about to, as the article's has."""
    dms, ends = steps.client("dms"), datetime.now(UTC) + timedelta(days=days)
    name = f"root-{days % 1000}"
    pem = dms.import_certificate(CertificateIdentifier=name, CertificatePem=certificate(ends))["Certificate"]
    made = dms.create_endpoint(
        EndpointIdentifier=name,
        EndpointType="source",
        EngineName="mysql",
        ServerName="db",
        Port=3306,
        Username="u",
        Password="long-enough",
        SslMode="verify-ca",
        CertificateArn=pem["CertificateArn"],
    )["Endpoint"]["EndpointArn"]
    if holds:
        assert endpoint_checks.require_certificate(dms, made) is None
    else:
        with pytest.raises(CheckFailed, match=f"certificate of endpoint {name}.*valid until {ends:%Y-%m-%d}"):
            endpoint_checks.require_certificate(dms, made)


def test_task_must_end_by_itself():
    """It should refuse a task that goes on with changes after its load."""
    task = {"MigrationType": "full-load-and-cdc", "ReplicationTaskIdentifier": "t"}
    with pytest.raises(
        BadInput, match=r"load.replication_task_id is 't'.*its migration type is full-load-and-cdc"
    ):
        endpoint_checks.require_full_load(task)


def test_connection_must_work_now(steps):
    """It should not believe in an old test of a connection that fails today, and test again when it begins anew."""
    run, secrets = steps.run(), steps.client("secretsmanager")
    assert run.step("check")
    sound = secrets.get_secret_value(SecretId=FEW.dms_login)["SecretString"]
    secrets.put_secret_value(
        SecretId=FEW.dms_login,
        SecretString=json.dumps(json.loads(sound) | {"password": "changed-since"}),
    )
    try:
        with pytest.raises(StepFailed, match=r"(?s)connection_test .*its status is failed.*clear the task"):
            run.step("check")
    finally:
        secrets.put_secret_value(SecretId=FEW.dms_login, SecretString=sound)
    assert run.step("check")


def test_account_must_be_the_configured_one(steps):
    """It should not look at another account than the configuration names."""
    with pytest.raises(NotAllowed, match="222222222222"):
        steps.run().step("check", account_id="222222222222")


def test_task_must_be_there(steps):
    """It should name the field of a task that DMS does not know."""
    with pytest.raises(BadInput, match=r"load.replication_task_id is 'other-task'.*no such DMS task"):
        steps.run(load={"replication_task_id": "other-task"}).step("check")


def test_dry_run_looks_and_tests_no_connection(steps):
    """It should make all checks, and plan the tests of connections."""
    begun = len(steps.sandbox.calls("TestConnection"))
    steps.run().step("check", dry_run=True)
    assert len(steps.sandbox.calls("TestConnection")) == begun
