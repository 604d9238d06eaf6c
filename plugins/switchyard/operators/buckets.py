"""Reading the settings of buckets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aws.error_table import error_code

_UNSET = (
    "NoSuchBucketPolicy",
    "NoSuchPolicy",
    "NoSuchPublicAccessBlockConfiguration",
    "ServerSideEncryptionConfigurationNotFoundError",
)


def setting(read: Any, bucket: str) -> Mapping[str, Any]:
    """What one of S3's calls reads of a bucket; empty where that was never set."""
    try:
        answer: Mapping[str, Any] = read(Bucket=bucket)
    except ClientError as error:
        if error_code(error) in _UNSET:
            return {}
        raise
    return answer
