"""What the buckets of the pipeline must be: there, its own, private, encrypted, reached by TLS alone.

Each check reads, and refuses with one error that names what to mend.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aws.error_table import Disposition, disposition, error_code
from switchyard.discovery.policies import denies_without_tls
from switchyard.errors import BadInput
from switchyard.operators.buckets import setting

_DEPLOY = "Deploy deploy/cloudformation, or mend it by hand"


def require_bucket(s3: Any, field: str, bucket: str, *, account_id: str, region_name: str) -> None:
    """Refuse a bucket that is not there, is somebody else's or elsewhere, or that does not protect what it holds."""
    try:
        answer = s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account_id)
    except ClientError as error:
        if disposition(error) is Disposition.RETRY_SHORT:
            raise
        raise BadInput(field, bucket, f"HeadBucket answers {error_code(error)}", _DEPLOY) from error
    region = answer.get("BucketRegion") or answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"]
    if region != region_name:
        raise BadInput(field, bucket, f"it is in Region {region}", f"Name a bucket in {region_name}")
    blocked = setting(s3.get_public_access_block, bucket).get("PublicAccessBlockConfiguration", {})
    if len(blocked) < 4 or not all(blocked.values()):
        raise BadInput(field, bucket, "public access to it is not blocked", "Block all public access to it")
    if not _encryption(s3, bucket):
        raise BadInput(field, bucket, "it has no default encryption", _DEPLOY)
    if not denies_without_tls(setting(s3.get_bucket_policy, bucket).get("Policy", "{}"), bucket):
        raise BadInput(field, bucket, "its policy does not deny everybody all requests without TLS", _DEPLOY)


def require_extract(s3: Any, bucket: str, key_arn: str) -> None:
    """Refuse a bucket for the extract that is not under the extract's key, or that keeps deleted objects."""
    default = _encryption(s3, bucket)
    named = default.get("KMSMasterKeyID")
    is_key = named is not None and (named == key_arn or key_arn.endswith(f"/{named}"))
    if default.get("SSEAlgorithm") != "aws:kms" or not is_key:
        raise BadInput(
            "extract.bucket",
            bucket,
            f"its default encryption is {default.get('SSEAlgorithm')} under {named or 'no key of its own'}",
            f"Set it to SSE-KMS under {key_arn}",
        )
    if s3.get_bucket_versioning(Bucket=bucket).get("Status"):
        raise BadInput(
            "extract.bucket",
            bucket,
            "it keeps versions, so that deleted rows would stay",
            "Use a bucket that never had versions",
        )


def _encryption(s3: Any, bucket: str) -> Mapping[str, Any]:
    """The bucket's default encryption; empty where there is none."""
    settings = setting(s3.get_bucket_encryption, bucket).get("ServerSideEncryptionConfiguration", {})
    rules = [one.get("ApplyServerSideEncryptionByDefault", {}) for one in settings.get("Rules", ())]
    return next(iter(rules), {})
