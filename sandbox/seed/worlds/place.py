"""One account in one Region, and creating what is missing there."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from sandbox import settings
from sandbox.client import Sandbox
from sandbox.errors import SandboxError

PATIENCE = 60.0


class Place:
    """Creates resources in an account ("source" or "target") and a Region where they are missing."""

    def __init__(self, sandbox: Sandbox, account: str, region: str, made: list[str]) -> None:
        self.account = settings.ACCOUNTS[account]
        self.region = region
        self._name = account
        self._sandbox = sandbox
        self._made = made

    def client(self, service: str) -> Any:
        """Return a boto3 client for this place."""
        return self._sandbox.client(service, self.account, self.region)

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource in this place."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def note(self, what: str) -> None:
        """Report that something was made."""
        self._made.append(f"{what} ({self._name}, {self.region})")

    def key(self, alias: str, description: str, statements: list[Mapping[str, Any]] | None = None) -> str:
        """Return the ARN of the key behind an alias; `statements` are in its policy beside the account."""
        kms = self.client("kms")
        known = found(lambda: kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"], "NotFoundException")
        if known:
            return str(known)
        owner = allow("kms:*", "*", {"AWS": f"arn:aws:iam::{self.account}:root"})
        rules = policy(owner, *(statements or []))
        arn = kms.create_key(Description=description, Policy=rules)["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName=alias, TargetKeyId=arn)
        self.note(f"key {alias}")
        return str(arn)

    def secret(self, name: str, value: Mapping[str, Any], description: str) -> dict[str, Any]:
        """Return the value of a secret, which is `value` where the secret was missing."""
        secrets = self.client("secretsmanager")
        known = found(
            lambda: secrets.get_secret_value(SecretId=name)["SecretString"], "ResourceNotFoundException"
        )
        if known is None:
            secrets.create_secret(Name=name, SecretString=json.dumps(value), Description=description)
            self.note(f"secret {name}")
            return dict(value)
        content: dict[str, Any] = json.loads(known)
        return content

    def bucket(self, name: str, key: str, *statements: Mapping[str, Any]) -> None:
        """Make a private bucket under a key, which TLS alone reaches, with these statements in its policy."""
        s3 = self.client("s3")
        if found(lambda: s3.head_bucket(Bucket=name), "404") is not None:
            return
        closed = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        rule = {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
            "BucketKeyEnabled": True,
        }
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": self.region})
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(closed, True))
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
        arn = f"arn:aws:s3:::{name}"
        plain = allow("s3:*", [arn, f"{arn}/*"], {"AWS": "*"}, {"Bool": {"aws:SecureTransport": "false"}})
        s3.put_bucket_policy(Bucket=name, Policy=policy(plain | {"Effect": "Deny"}, *statements))
        self.note(f"bucket {name}")

    def keep_versions(self, bucket: str, *, days: int) -> None:
        """Let a bucket keep what is written over or deleted, for so many days."""
        s3, name = self.client("s3"), {"Bucket": bucket}
        s3.put_bucket_versioning(**name, VersioningConfiguration={"Status": "Enabled"})
        rule = {
            "ID": "ForgetOldVersions",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": days},
        }
        s3.put_bucket_lifecycle_configuration(**name, LifecycleConfiguration={"Rules": [rule]})

    def role(
        self, name: str, trusted: Mapping[str, str | list[str]], rights: Sequence[Mapping[str, Any]]
    ) -> None:
        """Make a role that these principals assume and that has these statements in a policy of its own."""
        iam = self.client("iam")
        if found(lambda: iam.get_role(RoleName=name), "NoSuchEntity") is not None:
            return
        trust = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))
        if rights:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*rights))
        self.note(f"role {name}")

    def topic(self, name: str, *statements: Mapping[str, Any]) -> str:
        """Return the ARN of a topic whose policy has these statements."""
        sns, arn = self.client("sns"), self.arn("sns", name)
        if found(lambda: sns.get_topic_attributes(TopicArn=arn), "NotFound") is None:
            sns.create_topic(Name=name)
            sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy(*statements))
            self.note(f"topic {name}")
        return arn

    def queue(self, name: str, *statements: Mapping[str, Any], dead_letters: str | None = None) -> str:
        """Return the ARN of a queue whose policy has these statements; `dead_letters` is another's ARN."""
        sqs, arn = self.client("sqs"), self.arn("sqs", name)
        missing = "AWS.SimpleQueueService.NonExistentQueue"
        if found(lambda: sqs.get_queue_url(QueueName=name), missing, "QueueDoesNotExist") is None:
            attributes = {"Policy": policy(*statements), "VisibilityTimeout": "60"}
            if dead_letters:
                redrive = {"deadLetterTargetArn": dead_letters, "maxReceiveCount": 5}
                attributes["RedrivePolicy"] = json.dumps(redrive)
            sqs.create_queue(QueueName=name, Attributes=attributes)
            self.note(f"queue {name}")
        return arn

    def subscription(self, topic: str, queue: str, *, dead_letters: str) -> None:
        """Subscribe a queue to a topic as this account."""
        sns = self.client("sns")
        pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
        if any(known["Endpoint"] == queue for page in pages for known in page["Subscriptions"]):
            return
        redrive = json.dumps({"deadLetterTargetArn": dead_letters})
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RedrivePolicy": redrive})
        self.note(f"subscription of {queue.rpartition(':')[2]}")

    def wait(self, what: str, look: Callable[[], str]) -> None:
        """Wait until a status is "available"; SandboxError for any that never becomes it."""
        deadline = time.monotonic() + PATIENCE
        while (status := look()) != "available":
            if status in {"failed", "incompatible-restore"} or time.monotonic() > deadline:
                raise SandboxError(f"{what} is {status}: see the sandbox's log for the reason")
            time.sleep(0.1)


def found(look: Callable[[], Any], *absent: str) -> Any:
    """Return what a lookup returns, or None where it fails with one of these error codes."""
    try:
        return look()
    except ClientError as error:
        if error.response["Error"]["Code"] in absent:
            return None
        raise


def allow(
    actions: str | list[str],
    resource: str | list[str],
    principal: Mapping[str, str],
    condition: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, Any]:
    """Return a policy statement."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def may(actions: list[str], *resources: str) -> dict[str, Any]:
    """Return a statement of a role's policy."""
    return {"Effect": "Allow", "Action": actions, "Resource": list(resources)}


def policy(*statements: Mapping[str, Any]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
