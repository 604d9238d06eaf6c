import json

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.objects import AccessDenied, Objects

SOURCE, TARGET = "111111111111", "222222222222"
REGION = "us-west-2"
BUCKET = "extract"
ROLE = f"arn:aws:iam::{SOURCE}:role/orchestrator"
MACIE = f"arn:aws:iam::{SOURCE}:role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie"
EVERYTHING = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(effect, actions, resources=EVERYTHING, **more):
    return {"Effect": effect, "Action": actions, "Resource": resources} | more


def deny(actions, **condition):
    return statement("Deny", actions, Principal="*", Condition=condition)


def denied():
    return pytest.raises(ClientError, match="AccessDenied")


@pytest.fixture
def s3(sandbox):
    client = sandbox.client("s3", "source", REGION)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    for name in ("a", "b"):
        client.put_object(Bucket=BUCKET, Key=f"run/{name}", Body=b"rows")
    return client


@pytest.fixture
def key(sandbox, s3):
    return sandbox.client("kms", "source", REGION).create_key()["KeyMetadata"]["Arn"]


def session(sandbox, role=ROLE):
    """Return an S3 client of a session of a role."""
    sts = sandbox.client("sts", "source", REGION)
    issued = sts.assume_role(RoleArn=role, RoleSessionName="task")["Credentials"]
    return boto3.client(
        "s3",
        REGION,
        endpoint_url=sandbox.endpoint_url,
        aws_access_key_id=issued["AccessKeyId"],
        aws_secret_access_key=issued["SecretAccessKey"],
        aws_session_token=issued["SessionToken"],
    )


@pytest.fixture
def enforced(sandbox, s3):
    """Let identity policies count, and give the orchestrator's role those that a test names."""
    iam = sandbox.client("iam", "source", REGION)
    iam.create_role(RoleName="orchestrator", AssumeRolePolicyDocument=document())
    sandbox.choose(iam_policies="enforced")

    def grant(*statements):
        iam.put_role_policy(RoleName="orchestrator", PolicyName="own", PolicyDocument=document(*statements))
        return session(sandbox)

    return grant


def test_policy_that_asks_for_tls_lets_requests_pass(s3):
    """It should count every request to the sandbox as one over TLS, in batches of deletes as well."""
    s3.put_bucket_policy(
        Bucket=BUCKET,
        Policy=document(
            deny("s3:*", Bool={"aws:SecureTransport": "false"}),
            deny("s3:*", NumericLessThan={"s3:TlsVersion": "1.2"}),
        ),
    )
    assert s3.get_object(Bucket=BUCKET, Key="run/a")["Body"].read() == b"rows"
    assert Objects(SOURCE, REGION, MACIE).read(BUCKET, "run/a") == b"rows"
    assert "Errors" not in s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "run/a"}]})
    s3.put_bucket_policy(
        Bucket=BUCKET, Policy=document(deny("s3:GetObject", Bool={"aws:SecureTransport": "true"}))
    )
    with denied():
        s3.get_object(Bucket=BUCKET, Key="run/b")


def test_policy_can_demand_a_key(s3, key):
    """It should refuse writes without the encryption and the key that the policy demands."""
    header = "s3:x-amz-server-side-encryption"
    s3.put_bucket_policy(
        Bucket=BUCKET,
        Policy=document(
            deny("s3:PutObject", StringNotEquals={header: "aws:kms"}),
            deny("s3:PutObject", StringNotEqualsIfExists={f"{header}-aws-kms-key-id": key}),
        ),
    )
    for wanted in (
        {},
        {"ServerSideEncryption": "AES256"},
        {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "other"},
    ):
        with denied():
            s3.put_object(Bucket=BUCKET, Key="run/c", Body=b"", **wanted)
    s3.put_object(Bucket=BUCKET, Key="run/c", Body=b"", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    with pytest.raises(AccessDenied, match="Access Denied"):
        Objects(SOURCE, REGION, ROLE).write(BUCKET, "run/d", b"")
    assert Objects(SOURCE, REGION, ROLE).write(BUCKET, "run/d", b"", sse="aws:kms", kms_key=key).size == 0


def test_policy_can_spare_one_role(sandbox, s3):
    """It should refuse all but the role that the policy spares, through the API and within the sandbox."""
    s3.put_bucket_policy(
        Bucket=BUCKET,
        Policy=document(deny("s3:GetObject", ArnNotLike={"aws:PrincipalArn": [MACIE, f"{ROLE}*"]})),
    )
    assert session(sandbox).get_object(Bucket=BUCKET, Key="run/a")["Body"].read() == b"rows"
    assert Objects(SOURCE, REGION, MACIE).read(BUCKET, "run/a") == b"rows"
    with denied():
        s3.get_object(Bucket=BUCKET, Key="run/a")
    with pytest.raises(AccessDenied, match="Access Denied"):
        Objects(SOURCE, REGION, f"arn:aws:iam::{SOURCE}:role/another").read(BUCKET, "run/a")


@pytest.mark.parametrize(
    ("condition", "refused"),
    [
        ({"StringEquals": {"aws:PrincipalAccount": SOURCE}}, True),
        ({"StringNotEquals": {"aws:PrincipalAccount": SOURCE}}, False),
        ({"StringNotEquals": {"aws:SourceAccount": SOURCE}}, True),
        ({"StringNotEqualsIfExists": {"aws:SourceAccount": SOURCE}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:dms:*"}}, False),
        ({"StringNotEquals": {"aws:ResourceAccount": SOURCE}}, False),
        ({"StringLike": {"s3:prefix": "run/*"}}, True),
        ({"StringLike": {"s3:prefix": "other/*"}}, False),
        ({"Null": {"s3:prefix": "true"}}, False),
    ],
)
def test_conditions_on_who_asks_and_for_what(s3, condition, refused):
    """It should judge a listing by accounts, sources and prefix, and absent keys as IAM does."""
    s3.put_bucket_policy(Bucket=BUCKET, Policy=document(deny("s3:ListBucket", **condition)))
    if refused:
        with denied():
            s3.list_objects_v2(Bucket=BUCKET, Prefix="run/")
    else:
        assert s3.list_objects_v2(Bucket=BUCKET, Prefix="run/")["KeyCount"] == 2


def test_all_but_some_principals_and_actions(s3):
    """It should turn NotPrincipal and NotAction around."""
    rule = {"Effect": "Deny", "NotPrincipal": {"AWS": [f"arn:aws:iam::{SOURCE}:root", MACIE]}}
    rule |= {"NotAction": "s3:List*", "Resource": EVERYTHING}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=document(rule))
    assert s3.get_object(Bucket=BUCKET, Key="run/a")["Body"].read() == b"rows"
    rule["NotPrincipal"] = {"AWS": MACIE}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=document(rule))
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 2
    with denied():
        s3.get_object(Bucket=BUCKET, Key="run/a")
    assert Objects(SOURCE, REGION, MACIE).read(BUCKET, "run/a") == b"rows"


def test_owner_must_be_the_expected_one(s3):
    """It should refuse where the bucket, or the source of a copy, belongs to another account than expected."""
    assert s3.head_bucket(Bucket=BUCKET, ExpectedBucketOwner=SOURCE)
    with pytest.raises(ClientError, match="403"):
        s3.head_bucket(Bucket=BUCKET, ExpectedBucketOwner=TARGET)
    for call in (
        lambda owner: s3.list_objects_v2(Bucket=BUCKET, ExpectedBucketOwner=owner),
        lambda owner: s3.put_object(Bucket=BUCKET, Key="c", Body=b"", ExpectedBucketOwner=owner),
        lambda owner: s3.copy_object(
            Bucket=BUCKET,
            Key="d",
            CopySource={"Bucket": BUCKET, "Key": "run/a"},
            ExpectedSourceBucketOwner=owner,
        ),
    ):
        call(SOURCE)
        with denied():
            call(TARGET)


def test_role_without_the_right_cannot_read(enforced):
    """It should let a role list and delete, one by one and in batches, and refuse it all else."""
    orchestrator = enforced(
        statement("Allow", "s3:ListBucket", EVERYTHING[:1], Condition={"StringLike": {"s3:prefix": "run/*"}}),
        statement("Allow", "s3:DeleteObject", f"{EVERYTHING[0]}/run/*"),
    )
    assert orchestrator.list_objects_v2(Bucket=BUCKET, Prefix="run/")["KeyCount"] == 2
    for call in (
        lambda: orchestrator.get_object(Bucket=BUCKET, Key="run/a"),
        lambda: orchestrator.list_objects_v2(Bucket=BUCKET),
        lambda: orchestrator.put_object(Bucket=BUCKET, Key="run/c", Body=b""),
        lambda: orchestrator.copy_object(Bucket=BUCKET, Key="run/c", CopySource=f"{BUCKET}/run/a"),
        lambda: orchestrator.delete_object(Bucket=BUCKET, Key="other"),
    ):
        with denied():
            call()
    with pytest.raises(ClientError, match="403"):
        orchestrator.head_object(Bucket=BUCKET, Key="run/a")
    answer = orchestrator.delete_objects(
        Bucket=BUCKET, Delete={"Objects": [{"Key": "run/a"}, {"Key": "other"}]}
    )
    assert [one["Key"] for one in answer["Deleted"]] == ["run/a"]
    assert [(one["Key"], one["Code"]) for one in answer["Errors"]] == [("other", "AccessDenied")]
    orchestrator.delete_object(Bucket=BUCKET, Key="run/b")
    assert orchestrator.list_objects_v2(Bucket=BUCKET, Prefix="run/")["KeyCount"] == 0


def test_either_policy_allows_within_an_account_and_either_denies(enforced, s3):
    """It should take an allow from the bucket or from the role, and a deny from both."""
    orchestrator = enforced(statement("Allow", "s3:List*"))
    s3.put_bucket_policy(
        Bucket=BUCKET, Policy=document(statement("Allow", "s3:GetObject", Principal={"AWS": ROLE}))
    )
    assert orchestrator.get_object(Bucket=BUCKET, Key="run/a")["Body"].read() == b"rows"
    enforced(statement("Deny", "s3:GetObject"))
    with denied():
        orchestrator.get_object(Bucket=BUCKET, Key="run/a")
    enforced(statement("Allow", "s3:*"))
    s3.put_bucket_policy(
        Bucket=BUCKET, Policy=document(statement("Deny", "s3:GetObject", Principal={"AWS": ROLE}))
    )
    with denied():
        orchestrator.get_object(Bucket=BUCKET, Key="run/a")
    with pytest.raises(AccessDenied, match="Access Denied"):
        Objects(SOURCE, REGION, ROLE).read(BUCKET, "run/a")


def test_role_needs_the_key_as_well(enforced, s3, key):
    """It should ask the role's policies for a key whose policy admits only the account."""
    s3.put_object(Bucket=BUCKET, Key="run/c", Body=b"rows", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    orchestrator = enforced(statement("Allow", "s3:*"))
    with denied():
        orchestrator.get_object(Bucket=BUCKET, Key="run/c")
    enforced(statement("Allow", "s3:*"), statement("Allow", "kms:Decrypt", key))
    assert orchestrator.get_object(Bucket=BUCKET, Key="run/c")["Body"].read() == b"rows"


def test_managed_policies_count_and_unknown_roles_stay_free(sandbox, enforced, s3):
    """It should look at attached policies, and not bind roles that IAM does not know or while nothing is enforced."""
    iam = sandbox.client("iam", "source", REGION)
    arn = iam.create_policy(PolicyName="read", PolicyDocument=document(statement("Allow", "s3:GetObject")))[
        "Policy"
    ]["Arn"]
    orchestrator = enforced(statement("Allow", "s3:ListBucket"))
    with denied():
        orchestrator.get_object(Bucket=BUCKET, Key="run/a")
    assert session(sandbox, f"arn:aws:iam::{SOURCE}:role/unknown").get_object(Bucket=BUCKET, Key="run/a")
    iam.attach_role_policy(RoleName="orchestrator", PolicyArn=arn)
    assert orchestrator.get_object(Bucket=BUCKET, Key="run/a")["Body"].read() == b"rows"
    iam.detach_role_policy(RoleName="orchestrator", PolicyArn=arn)
    sandbox.choose(iam_policies="ignored")
    assert orchestrator.get_object(Bucket=BUCKET, Key="run/a")["Body"].read() == b"rows"
