"""What findings say of the bucket and the object that they concern."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.macie.scope import extension
from sandbox.objects import Stored

BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def bucket_details(bucket: Any, tags: Mapping[str, str]) -> dict[str, Any]:
    """Describe one of moto's buckets as findings do; the sandbox has no public buckets."""
    rule = bucket.encryption["Rule"]["ApplyServerSideEncryptionByDefault"] if bucket.encryption else {}
    shut = dict.fromkeys(map(_lower, BLOCKS), False)
    return {
        "arn": f"arn:aws:s3:::{bucket.name}",
        "name": bucket.name,
        "createdAt": bucket.creation_date,
        "owner": {"displayName": None, "id": bucket.account_id},
        "tags": _tags(tags),
        "defaultServerSideEncryption": {
            "encryptionType": rule.get("SSEAlgorithm") or "AES256",
            "kmsMasterKeyId": rule.get("KMSMasterKeyID"),
        },
        "allowsUnencryptedObjectUploads": "UNKNOWN",
        "publicAccess": {
            "effectivePermission": "NOT_PUBLIC",
            "permissionConfiguration": {
                "accountLevelPermissions": {"blockPublicAccess": dict(shut)},
                "bucketLevelPermissions": {
                    "accessControlList": {"allowsPublicReadAccess": False, "allowsPublicWriteAccess": False},
                    "blockPublicAccess": _blocked(bucket.public_access_block),
                    "bucketPolicy": {"allowsPublicReadAccess": False, "allowsPublicWriteAccess": False},
                },
            },
        },
    }


def object_details(stored: Stored) -> dict[str, Any]:
    """Describe an object as findings do."""
    return {
        "bucketArn": f"arn:aws:s3:::{stored.bucket}",
        "key": stored.key,
        "path": f"{stored.bucket}/{stored.key}",
        "extension": extension(stored.key),
        "lastModified": stored.modified,
        "versionId": "" if stored.version_id == "null" else stored.version_id,
        "eTag": stored.etag,
        "size": stored.size,
        "storageClass": stored.storage_class,
        "publicAccess": False,
        "serverSideEncryption": {
            "encryptionType": stored.encryption or "AES256",
            "kmsMasterKeyId": stored.kms_key_id,
        },
        "tags": _tags(stored.tags),
    }


def _blocked(block: Any) -> dict[str, bool]:
    named = {"BlockPublicAcls": "block_public_acls", "BlockPublicPolicy": "block_public_policy"}
    named |= {"IgnorePublicAcls": "ignore_public_acls", "RestrictPublicBuckets": "restrict_public_buckets"}
    return {_lower(name): str(getattr(block, named[name], False)).lower() == "true" for name in BLOCKS}


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": name, "value": value} for name, value in tags.items()]


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
