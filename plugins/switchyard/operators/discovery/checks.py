"""What must be there, and how, before rows leave the database: Macie, buckets, the extract's key, Athena.

Each check reads, and refuses with one error that names what to mend.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aws.error_table import Disposition, disposition, error_code
from switchyard.errors import BadInput, CheckFailed

_DEPLOY = "Deploy include/cloudformation, or mend it by hand"
_UNSET = ("NoSuchPublicAccessBlockConfiguration", "NoSuchBucketPolicy")
_MACIES_ROLE = "AWSServiceRoleForAmazonMacie"


def require_session(macie: Any) -> None:
    """Refuse an account in which Macie is off or paused."""
    try:
        status = macie.get_macie_session()["status"]
    except ClientError as error:
        if error_code(error) not in ("AccessDeniedException", "ResourceNotFoundException"):
            raise
        status = f"not to be read: {error.response['Error'].get('Message')}"
    if status != "ENABLED":
        raise CheckFailed(
            "Macie in this account and Region",
            f"its session is {status}",
            "Enable Macie, or resume it; this pipeline never does that by itself, as others share it",
        )


def require_export(macie: Any) -> None:
    """Refuse an account that keeps no discovery results: a run without them cannot prove a column clean."""
    configured = macie.get_classification_export_configuration().get("configuration", {})
    if not configured.get("s3Destination"):
        raise CheckFailed(
            "Macie's export of discovery results",
            "it is not configured",
            "Set it with `aws macie2 put-classification-export-configuration`, or set macie.require_results to false",
        )


def require_managed(macie: Any, wanted: Collection[str]) -> None:
    """Refuse managed identifiers that Macie does not have."""
    if not wanted:
        return
    known: set[str] = set()
    answer = macie.list_managed_data_identifiers()
    known |= {one["id"] for one in answer["items"]}
    while token := answer.get("nextToken"):
        answer = macie.list_managed_data_identifiers(nextToken=token)
        known |= {one["id"] for one in answer["items"]}
    if lost := sorted(set(wanted) - known):
        raise BadInput(
            "macie.managed_ids", ", ".join(lost), "Macie has no such identifier", "Correct the ids"
        )


def require_bucket(s3: Any, field: str, bucket: str, *, account_id: str, region_name: str) -> None:
    """Refuse a bucket that is not there, is somebody else's, is elsewhere, or may be public."""
    try:
        answer = s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account_id)
    except ClientError as error:
        if disposition(error) is Disposition.RETRY_SHORT:
            raise
        raise BadInput(field, bucket, f"HeadBucket answers {error_code(error)}", _DEPLOY) from error
    region = answer.get("BucketRegion") or answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"]
    if region != region_name:
        raise BadInput(field, bucket, f"it is in Region {region}", f"Name a bucket in {region_name}")
    blocked = _if_set(s3.get_public_access_block, bucket).get("PublicAccessBlockConfiguration", {})
    if len(blocked) < 4 or not all(blocked.values()):
        raise BadInput(field, bucket, "public access to it is not blocked", "Block all public access to it")


def require_extract(s3: Any, bucket: str, key_arn: str) -> None:
    """Refuse an extract that is not under its key, may be reached without TLS, or keeps deleted objects."""
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    default = rules[0]["ApplyServerSideEncryptionByDefault"]
    if default["SSEAlgorithm"] != "aws:kms" or not _is_key(default.get("KMSMasterKeyID"), key_arn):
        raise BadInput(
            "extract.bucket",
            bucket,
            f"its default encryption is {default}",
            f"Set it to SSE-KMS under {key_arn}",
        )
    if s3.get_bucket_versioning(Bucket=bucket).get("Status"):
        raise BadInput(
            "extract.bucket",
            bucket,
            "it keeps versions, so that deleted rows would stay",
            "Use a bucket that never had versions",
        )
    policy = _if_set(s3.get_bucket_policy, bucket).get("Policy", "{}")
    if not any(_denies_plain(one) for one in _statements(policy)):
        raise BadInput("extract.bucket", bucket, "its policy does not deny requests without TLS", _DEPLOY)


def key_arn(kms: Any, key_id: str) -> str:
    """The ARN of a key that is enabled."""
    try:
        key = kms.describe_key(KeyId=key_id)["KeyMetadata"]
    except ClientError as error:
        if disposition(error) is not Disposition.ABSENT:
            raise
        raise BadInput("extract.kms_key_id", key_id, "there is no such key", _DEPLOY) from error
    if key["KeyState"] != "Enabled":
        raise BadInput("extract.kms_key_id", key_id, f"the key is {key['KeyState']}", "Enable it")
    return str(key["Arn"])


def require_key_for_macie(kms: Any, key_arn: str) -> None:
    """Refuse a key that Macie may not use: its job would end well, having read nothing."""
    policy = kms.get_key_policy(KeyId=key_arn, PolicyName="default")["Policy"]
    for statement in _statements(policy):
        allows = statement.get("Effect") == "Allow" and _lists(
            statement.get("Action"), "kms:Decrypt", "kms:*"
        )
        if allows and _MACIES_ROLE in json.dumps(statement):
            return
    raise CheckFailed(
        f"policy of key {key_arn}",
        f"it does not let Macie's role {_MACIES_ROLE} decrypt, so that Macie would be blind",
        _DEPLOY,
    )


def require_workgroup(athena: Any, name: str) -> None:
    """Refuse a workgroup that is off, or leaves it to its users whether results are encrypted."""
    try:
        group = athena.get_work_group(WorkGroup=name)["WorkGroup"]
    except ClientError as error:
        if error_code(error) not in ("InvalidRequestException", "ResourceNotFoundException"):
            raise
        raise BadInput("athena.workgroup", name, "there is no such workgroup", _DEPLOY) from error
    settings = group.get("Configuration", {})
    results = settings.get("ResultConfiguration") or {}
    problems = {
        f"it is {group.get('State')}": group.get("State") != "ENABLED",
        "it does not enforce its settings": not settings.get("EnforceWorkGroupConfiguration"),
        "it has no place for results": not results.get("OutputLocation"),
        "it does not encrypt results": not results.get("EncryptionConfiguration"),
    }
    for problem, holds in problems.items():
        if holds:
            raise BadInput("athena.workgroup", name, problem, _DEPLOY)


def _if_set(read: Any, bucket: str) -> Mapping[str, Any]:
    try:
        answer: Mapping[str, Any] = read(Bucket=bucket)
    except ClientError as error:
        if error_code(error) in _UNSET:
            return {}
        raise
    return answer


def _is_key(named: str | None, arn: str) -> bool:
    return named is not None and (named == arn or arn.endswith(f"/{named}"))


def _statements(policy: str) -> Iterator[Mapping[str, Any]]:
    found = json.loads(policy).get("Statement", [])
    yield from [found] if isinstance(found, dict) else found


def _denies_plain(statement: Mapping[str, Any]) -> bool:
    secure = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
    return statement.get("Effect") == "Deny" and str(secure).lower() == "false"


def _lists(actions: str | Sequence[str] | None, *wanted: str) -> bool:
    listed = [actions] if isinstance(actions, str) else actions or ()
    return any(one in wanted for one in listed)
