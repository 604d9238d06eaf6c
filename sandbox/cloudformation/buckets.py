"""AWS::S3::Bucket: moto's, of which moto heeds only the encryption and the tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.s3.models import FakeBucket, s3_backends

from sandbox.errors import Refused

moto_create = FakeBucket.create_from_cloudformation_json

RULES: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "Id": lambda value: {"ID": value},
    "Status": lambda value: {"Status": value},
    "Prefix": lambda value: {"Filter": {"Prefix": value}},
    "ExpirationInDays": lambda value: {"Expiration": {"Days": str(value)}},
    "NoncurrentVersionExpiration": lambda value: {
        "NoncurrentVersionExpiration": {"NoncurrentDays": str(value["NoncurrentDays"])}
    },
    "AbortIncompleteMultipartUpload": lambda value: {
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": str(value["DaysAfterInitiation"])}
    },
}
"""The properties of a lifecycle rule as S3's own call has them."""


def create(
    resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
) -> FakeBucket:
    """Make a bucket with all of its properties."""
    properties = cloudformation_json.get("Properties", {})
    _refuse_unknown(properties)
    made: FakeBucket = moto_create(resource_name, cloudformation_json, account_id, region_name)
    _apply(made, properties)
    return made


def update(
    original_resource: FakeBucket,
    new_resource_name: str,
    cloudformation_json: Any,
    account_id: str,
    region_name: str,
) -> FakeBucket:
    """Give a bucket the properties that its template has now; what is left out goes."""
    del new_resource_name, account_id, region_name
    properties = cloudformation_json.get("Properties", {})
    _refuse_unknown(properties)
    if properties.get("BucketName", original_resource.name) != original_resource.name:
        raise NotImplementedError("stacks that replace a bucket by one of another name")
    _apply(original_resource, properties)
    return original_resource


def delete(resource_name: str, cloudformation_json: Any, account_id: str, region_name: str) -> None:
    """Delete a bucket, which must be empty.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-s3-bucket.html
    """
    del cloudformation_json, region_name
    if s3_backends[account_id]["aws"].delete_bucket(resource_name) is None:
        raise Refused("BucketNotEmpty", "The bucket you tried to delete is not empty", 409)


def _refuse_unknown(properties: Mapping[str, Any]) -> None:
    for name in set(properties) - set(SETTERS) - {"BucketName"}:
        raise NotImplementedError(f"{name} of buckets in templates")


def _apply(bucket: FakeBucket, properties: Mapping[str, Any]) -> None:
    backend = s3_backends[bucket.account_id]["aws"]
    for name, set_property in SETTERS.items():
        set_property(backend, bucket.name, properties.get(name))


def _encrypt(backend: Any, name: str, wanted: Any) -> None:
    if wanted is None:
        backend.delete_bucket_encryption(name)
        return
    [rule] = wanted["ServerSideEncryptionConfiguration"]
    default = dict(rule["ServerSideEncryptionByDefault"])
    key_enabled = str(rule.get("BucketKeyEnabled", False)).lower()
    backend.put_bucket_encryption(
        name, {"Rule": {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": key_enabled}}
    )


def _expire(backend: Any, name: str, wanted: Any) -> None:
    if wanted is None:
        backend.delete_bucket_lifecycle(name)
    else:
        backend.put_bucket_lifecycle_configuration(name, [_rule(rule) for rule in wanted["Rules"]])


def _rule(wanted: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"Filter": {"Prefix": ""}}
    for name, value in wanted.items():
        if name not in RULES:
            raise NotImplementedError(f"{name} of lifecycle rules in templates")
        found |= RULES[name](value)
    return found


def _own(backend: Any, name: str, wanted: Any) -> None:
    if wanted is None:
        backend.delete_bucket_ownership_controls(name)
    else:
        [rule] = wanted["Rules"]
        backend.put_bucket_ownership_controls(name, rule["ObjectOwnership"])


def _block(backend: Any, name: str, wanted: Any) -> None:
    if wanted is None:
        backend.delete_public_access_block(name)
    else:
        settings = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        given = {setting: str(wanted.get(setting, False)).lower() for setting in settings}
        backend.put_public_access_block(name, given)


def _tag(backend: Any, name: str, wanted: Any) -> None:
    backend.put_bucket_tagging(name, {tag["Key"]: tag["Value"] for tag in wanted or []})


def _version(backend: Any, name: str, wanted: Any) -> None:
    if wanted is not None:
        backend.put_bucket_versioning(name, wanted["Status"])
    elif backend.get_bucket_versioning(name):
        backend.put_bucket_versioning(name, "Suspended")


SETTERS: Mapping[str, Callable[[Any, str, Any], None]] = {
    "BucketEncryption": _encrypt,
    "LifecycleConfiguration": _expire,
    "OwnershipControls": _own,
    "PublicAccessBlockConfiguration": _block,
    "Tags": _tag,
    "VersioningConfiguration": _version,
}
