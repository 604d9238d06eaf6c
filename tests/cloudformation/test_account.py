import json

import pytest

from sandbox.objects import AccessDenied, Objects
from tests.support.dms import REGION, SOURCE, refused
from tests.support.stacks import MACIE, WORKER, deploy

KEYS = {
    "ExtractBucketName": "ExtractKeyArn",
    "ResultsBucketName": "ResultsKeyArn",
    "FindingsBucketName": "FindingsKeyArn",
    "RegisterBucketName": "FindingsKeyArn",
    "QueriesBucketName": "FindingsKeyArn",
}
DAYS = {
    "ExtractBucketName": 1,
    "ResultsBucketName": 730,
    "FindingsBucketName": 730,
    "RegisterBucketName": 730,
    "QueriesBucketName": 7,
}
EVIDENCE = {"ResultsBucketName", "FindingsBucketName", "RegisterBucketName"}
CLOSED = dict.fromkeys(
    ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
)


def statements(document):
    return {one["Sid"]: one for one in document["Statement"]}


def policy(sandbox, role, name):
    found = sandbox.client("iam").get_role_policy(RoleName=role, PolicyName=name)
    return found["PolicyDocument"]


def allowed(document, *, on):
    """Return the actions that a policy allows on resources that begin with an ARN."""
    found = set()
    for one in document["Statement"]:
        resources = one["Resource"] if isinstance(one["Resource"], list) else [one["Resource"]]
        actions = one["Action"] if isinstance(one["Action"], list) else [one["Action"]]
        if any(resource.startswith(on) for resource in resources):
            found |= set(actions)
    return found


def test_buckets_are_closed_and_clean_up(sandbox, account):
    """It should make each bucket private, encrypted with its key, owned by the account alone and rid of old objects."""
    s3 = sandbox.client("s3")
    for output, key in KEYS.items():
        bucket = account[output]
        assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == CLOSED
        [rule] = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
        assert rule == {"ObjectOwnership": "BucketOwnerEnforced"}
        [rule] = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": account[key]}
        assert rule == {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
        [rule] = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        assert (rule["Status"], rule["Filter"]) == ("Enabled", {"Prefix": ""})
        assert rule["Expiration"] == {"Days": DAYS[output]}
        assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
        versioning = s3.get_bucket_versioning(Bucket=bucket).get("Status")
        assert versioning == ("Enabled" if output in EVIDENCE else None)


def test_buckets_want_tls_and_their_key(sandbox, account):
    """It should deny requests without TLS, and objects that are encrypted in another way or with another key."""
    other = sandbox.client("kms").create_key()["KeyMetadata"]["Arn"]
    for output in KEYS:
        bucket = account[output]
        found = statements(json.loads(sandbox.client("s3").get_bucket_policy(Bucket=bucket)["Policy"]))
        tls = found["OnlyOverTls"]
        assert (tls["Effect"], tls["Principal"], tls["Action"]) == ("Deny", "*", "s3:*")
        assert tls["Resource"] == [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
        assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        principal = account["ExtractWriterRoleArn"] if output == "ExtractBucketName" else WORKER
        writer = Objects(SOURCE, REGION, principal)
        with pytest.raises(AccessDenied, match="Access Denied"):
            writer.write(bucket, "key", b"", sse="AES256")
        with pytest.raises(AccessDenied, match="Access Denied"):
            writer.write(bucket, "key", b"", sse="aws:kms", kms_key=other)


def test_extract_is_written_by_dms_and_read_by_macie_alone(account):
    """It should let DMS's role write, Macie's role read, and no other role of the account do either."""
    bucket = account["ExtractBucketName"]
    dms, macie, other = (
        Objects(SOURCE, REGION, role) for role in (account["ExtractWriterRoleArn"], MACIE, WORKER)
    )
    dms.write(bucket, "a", b"rows", sse="aws:kms", kms_key=account["ExtractKeyArn"])
    assert macie.read(bucket, "a") == b"rows"
    for objects in (dms, other):
        with pytest.raises(AccessDenied, match="Access Denied"):
            objects.read(bucket, "a")
    for objects in (macie, other):
        with pytest.raises(AccessDenied, match="Access Denied"):
            objects.write(bucket, "b", b"rows")


def test_orchestrator_purges_what_it_cannot_read(account, database, orchestrator):
    """It should let the orchestrator list and delete in the extract, and neither get nor copy."""
    database()
    s3, bucket = orchestrator("s3"), account["ExtractBucketName"]
    Objects(SOURCE, REGION, account["ExtractWriterRoleArn"]).write(bucket, "people/a", b"rows")
    refused("AccessDenied", s3.get_object, Bucket=bucket, Key="people/a")
    refused(
        "AccessDenied",
        s3.copy_object,
        Bucket=account["FindingsBucketName"],
        Key="findings/a",
        CopySource={"Bucket": bucket, "Key": "people/a"},
    )
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["people/a"]
    s3.delete_object(Bucket=bucket, Key="people/a")
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_orchestrators_policy(sandbox, account):
    """It should allow the orchestrator what it does and no action as a pattern; nothing on extracted objects."""
    document = policy(sandbox, account["OrchestratorRoleName"], "sensitive-data-discovery")
    extract = f"arn:aws:s3:::{account['ExtractBucketName']}"
    assert allowed(document, on=f"{extract}/") == set()
    for evidence in ("ResultsBucketName", "FindingsBucketName"):
        objects = allowed(document, on=f"arn:aws:s3:::{account[evidence]}/")
        assert "s3:GetObject" in objects
        assert "s3:DeleteObject" not in objects
    assert "s3:PutObject" not in allowed(document, on=f"arn:aws:s3:::{account['ResultsBucketName']}/")
    assert allowed(document, on=account["ExtractKeyArn"]) == {"kms:DescribeKey", "kms:GetKeyPolicy"}
    assert allowed(document, on=account["ResultsKeyArn"]) == set()
    actions = allowed(document, on="")
    assert not [action for action in actions if "*" in action or action.startswith("iam:")]
    assert {action.partition(":")[0] for action in allowed(document, on="*")} == {"dms", "macie2", "rds"}


def test_orchestrators_trust_and_topic(sandbox):
    """It should want the configured external id, and let alerts out to the one configured topic."""
    topic = f"arn:aws:sns:{REGION}:{SOURCE}:alerts"
    deploy(
        sandbox.client("cloudformation"),
        "account",
        "other",
        WorkerPrincipalArn=WORKER,
        ExternalId="agreed",
        AlertTopicArn=topic,
    )
    iam = sandbox.client("iam")
    [trust] = iam.get_role(RoleName="switchyard-discovery")["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"AWS": WORKER}
    assert trust["Condition"] == {"StringEquals": {"sts:ExternalId": "agreed"}}
    alerts = policy(sandbox, "switchyard-discovery", "sensitive-data-alerts")
    assert alerts["Statement"] == [{"Effect": "Allow", "Action": "sns:Publish", "Resource": topic}]


def test_extract_writers_policy(sandbox, account):
    """It should let DMS's role put and delete objects of the extract, and get none."""
    document = policy(sandbox, "switchyard-discovery-extract-writer", "write-the-extract")
    extract = f"arn:aws:s3:::{account['ExtractBucketName']}"
    objects = allowed(document, on=f"{extract}/")
    assert objects == {"s3:PutObject", "s3:DeleteObject", "s3:PutObjectTagging"}
    assert allowed(document, on=extract) == objects | {"s3:GetBucketLocation", "s3:ListBucket"}


def test_keys_rotate_and_serve_whom_they_name(sandbox, account):
    """It should rotate each key, let the account manage it, and let nobody of it use those of extract and results."""
    kms = sandbox.client("kms")
    for output in set(KEYS.values()):
        assert kms.get_key_rotation_status(KeyId=account[output])["KeyRotationEnabled"] is True
        assert kms.describe_key(KeyId=account[output])["KeyMetadata"]["Enabled"] is True
        refused("AccessDeniedException", kms.encrypt, KeyId=account[output], Plaintext=b"x")
        refused("AccessDeniedException", kms.create_grant, KeyId=account[output], GranteePrincipal=WORKER,
                Operations=["Decrypt"])  # fmt: skip
    names = {alias["AliasName"]: alias["TargetKeyId"] for alias in kms.list_aliases()["Aliases"]}
    assert account["ExtractKeyArn"].endswith(names["alias/switchyard-discovery-extract"])


def test_results_are_written_by_macie_and_read_by_the_orchestrator(account, orchestrator):
    """It should let Macie write discovery results from this account, the orchestrator read them, and no other role."""
    bucket, key = account["ResultsBucketName"], account["ResultsKeyArn"]
    job = f"arn:aws:macie2:{REGION}:{SOURCE}:classification-job/0123456789"
    macie = Objects(SOURCE, REGION, "macie.amazonaws.com", source_arn=job)
    macie.write(bucket, "AWSLogs/a", b"{}", sse="aws:kms", kms_key=key)
    assert orchestrator("s3").get_object(Bucket=bucket, Key="AWSLogs/a")["Body"].read() == b"{}"
    with pytest.raises(AccessDenied, match="not authorized"):
        Objects(SOURCE, REGION, WORKER).read(bucket, "AWSLogs/a")
    stranger = Objects(SOURCE, REGION, "macie.amazonaws.com", source_arn=job.replace(SOURCE, "999999999999"))
    with pytest.raises(AccessDenied, match="Access Denied"):
        stranger.write(bucket, "AWSLogs/b", b"{}", sse="aws:kms", kms_key=key)


def test_orchestrator_keeps_findings_and_register(account, orchestrator):
    """It should let the orchestrator write and read findings and the register with their key."""
    s3 = orchestrator("s3")
    for bucket, key in (
        (account["FindingsBucketName"], "findings/a"),
        (account["RegisterBucketName"], "register/a"),
    ):
        s3.put_object(Bucket=bucket, Key=key, Body=b"{}")
        found = s3.get_object(Bucket=bucket, Key=key)
        assert (found["Body"].read(), found["SSEKMSKeyId"]) == (b"{}", account["FindingsKeyArn"])


def test_dms_finds_its_own_roles(sandbox, account):
    """It should make the two roles that DMS wants, with AWS's policies for them."""
    iam = sandbox.client("iam")
    for role, name in (
        ("dms-vpc-role", "AmazonDMSVPCManagementRole"),
        ("dms-cloudwatch-logs-role", "AmazonDMSCloudWatchLogsRole"),
    ):
        [attached] = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        assert attached["PolicyArn"] == f"arn:aws:iam::aws:policy/service-role/{name}"


def test_existing_roles_of_dms_are_left_alone(sandbox):
    """It should make no roles of DMS where the account has them."""
    deploy(
        sandbox.client("cloudformation"),
        "account",
        "other",
        WorkerPrincipalArn=WORKER,
        DmsServiceRoles="false",
    )
    assert not [
        role["RoleName"]
        for role in sandbox.client("iam").list_roles()["Roles"]
        if role["RoleName"].startswith("dms-")
    ]


def test_workgroup_and_database(sandbox, account):
    """It should enforce encrypted results in the one place and a limit on scans, and have a database for the tables."""
    group = sandbox.client("athena").get_work_group(WorkGroup=account["WorkGroupName"])["WorkGroup"]
    configuration = group["Configuration"]
    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert configuration["BytesScannedCutoffPerQuery"] == 100 * 1024**3
    assert configuration["ResultConfiguration"] == {
        "OutputLocation": f"s3://{account['QueriesBucketName']}/results/",
        "ExpectedBucketOwner": SOURCE,
        "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": account["FindingsKeyArn"]},
    }
    found = sandbox.client("glue").get_database(Name="switchyard_discovery")["Database"]
    assert found["Name"] == account["CatalogDatabaseName"]


def test_analysts_query_the_register_alone(sandbox, account):
    """It should let analysts read register, coverage and exceptions, and nothing of extract, findings and results."""
    iam = sandbox.client("iam")
    version = iam.get_policy(PolicyArn=account["AnalystPolicyArn"])["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=account["AnalystPolicyArn"], VersionId=version)[
        "PolicyVersion"
    ]["Document"]
    assert allowed(document, on=f"arn:aws:s3:::{account['RegisterBucketName']}/") == {"s3:GetObject"}
    assert "s3:PutObject" in allowed(document, on=f"arn:aws:s3:::{account['QueriesBucketName']}/")
    findings = f"arn:aws:s3:::{account['FindingsBucketName']}/"
    [readable] = [one["Resource"] for one in document["Statement"] if one["Sid"] == "ReadTheRegister"]
    assert [one.removeprefix(findings) for one in readable if one.startswith(findings)] == [
        "findings/coverage/*",
        "findings/exceptions/*",
    ]
    for closed in ("ExtractBucketName", "ResultsBucketName"):
        assert allowed(document, on=f"arn:aws:s3:::{account[closed]}") == set()
    assert allowed(document, on="*") == set()


def test_stack_changes(sandbox, account):
    """It should change what a parameter is about, and nothing else."""
    stacks, s3 = sandbox.client("cloudformation"), sandbox.client("s3")
    bucket = account["ExtractBucketName"]
    before = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    stacks.update_stack(
        StackName="switchyard-discovery",
        UsePreviousTemplate=True,
        Parameters=[
            {"ParameterKey": "WorkerPrincipalArn", "UsePreviousValue": True},
            {"ParameterKey": "ExtractDays", "ParameterValue": "3"},
        ],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    [rule] = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rule["Expiration"] == {"Days": 3}
    [rule] = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == account["ExtractKeyArn"]
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == before


def test_evidence_outlives_the_stack(sandbox, account):
    """It should keep evidence and keys when the stack is deleted, and remove the rest."""
    sandbox.client("cloudformation").delete_stack(StackName="switchyard-discovery")
    left = {bucket["Name"] for bucket in sandbox.client("s3").list_buckets()["Buckets"]}
    assert left == {account[output] for output in EVIDENCE}
    for bucket in left:
        document = json.loads(sandbox.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])
        assert statements(document)["OnlyOverTls"]["Effect"] == "Deny"
    for output in set(KEYS.values()):
        assert sandbox.client("kms").describe_key(KeyId=account[output])["KeyMetadata"]["Enabled"] is True
    assert sandbox.client("iam").list_roles()["Roles"] == []


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        (
            {"WorkerPrincipalArn": "airflow-worker"},
            "WorkerPrincipalArn.*the ARN of a role, a user or an account",
        ),
        ({"WorkerPrincipalArn": WORKER, "ExtractDays": "30"}, "ExtractDays.*7 or less"),
        ({"WorkerPrincipalArn": WORKER, "Prefix": "Switch Yard"}, "Prefix.*small letters"),
    ],
)
def test_bad_parameters_are_refused(sandbox, parameters, problem):
    """It should refuse a value that would fail halfway, and say what the parameter takes."""
    stacks = sandbox.client("cloudformation")
    with pytest.raises(stacks.exceptions.ClientError, match=problem):
        deploy(stacks, "account", "other", **parameters)
    assert sandbox.client("s3").list_buckets()["Buckets"] == []
