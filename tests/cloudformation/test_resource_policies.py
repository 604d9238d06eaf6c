"""Whom the policies of the stacks' keys, buckets, topics and queues let in: those they name, over TLS, nobody else."""

import json

import pytest

from sandbox.policy import Principal, Request, decide
from scripts.role_policies import TEMPLATES
from tests.support.figures import record
from tests.support.least_privilege import Proof
from tests.support.outside import Outside, listed, strangers_of
from tests.support.stacks import WORKER, deploy
from tests.support.template_policies import recovery_stacks

SOURCE, TARGET = "111111111111", "222222222222"
OF_PEOPLE = {"AccountManages"}
"""Statements for those who run the account, and not for a pipeline."""


def synonyms(sandbox):
    stacks = sandbox.client("cloudformation", "source", "us-west-2")
    deploy(stacks, text("synonym_refresh/account"), "synonyms", WorkerPrincipalArn=WORKER)


def loads(sandbox):
    deploy(
        sandbox.client("cloudformation", "source", "us-west-2"),
        text("federated_load/account"),
        "loads",
        WorkerPrincipalArn=WORKER,
        WorkgroupId="any",
        NamespaceId="any",
    )


def discovery(sandbox):
    stacks = sandbox.client("cloudformation", "source", "us-west-2")
    deploy(stacks, text("sensitive_data_discovery/account"), "discovery", WorkerPrincipalArn=WORKER)


def text(name):
    return (TEMPLATES / f"{name}.yaml").read_text()


STACKS = {
    "recovery": (
        lambda sandbox: recovery_stacks(sandbox, "switchyard"),
        (("source", "us-west-1"), ("target", "us-west-1")),
        6,
    ),
    "synonyms": (synonyms, (("source", "us-west-2"),), 1),
    "loads": (loads, (("source", "us-west-2"),), 2),
    "discovery": (discovery, (("source", "us-west-2"),), 8),
}
"""What makes the stacks of a system, where they are, and how many of their resources have a policy of their own."""


@pytest.mark.parametrize("system", STACKS)
def test_strangers_are_refused(sandbox, system):
    """It should refuse other accounts and services, whoever asks without TLS, and be public nowhere."""
    make, places, number = STACKS[system]
    make(sandbox)
    found = {arn: (name, one) for place in places for arn, name, one in policies(sandbox, *place)}
    assert len(found) == number
    for arn, (name, statements) in found.items():
        outside = strangers_of(arn, statements)
        if arn.startswith("arn:aws:s3:::"):
            outside += without_tls(arn, statements)
        require_nothing_twice(arn, statements)
        record(
            "least-privilege",
            policy=name,
            actions=sum(len(listed(one["Action"])) for one in statements),
            outside_denied=outside.denied,
            lost=len(outside.let_in),
        )
        outside.require_none()


def policies(sandbox, account, region):
    """Each policy of a resource of a place, with its ARN and name; the defaults of topics and queues are none."""
    kms, s3, sns, sqs = (sandbox.client(name, account, region) for name in ("kms", "s3", "sns", "sqs"))
    aliases = {one.get("TargetKeyId"): one["AliasName"] for one in kms.list_aliases()["Aliases"]}
    for key in kms.list_keys()["Keys"]:
        if kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyManager"] == "CUSTOMER":
            shown = kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]
            yield key["KeyArn"], f"key {aliases[key['KeyId']]}, {account}", json.loads(shown)["Statement"]
    for bucket in s3.list_buckets()["Buckets"]:
        shown = s3.get_bucket_policy(Bucket=bucket["Name"])["Policy"]
        yield f"arn:aws:s3:::{bucket['Name']}", f"bucket {bucket['Name']}", json.loads(shown)["Statement"]
    for topic in sns.list_topics()["Topics"]:
        shown = json.loads(sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]["Policy"])
        if shown.get("Id") != "__default_policy_ID":
            yield topic["TopicArn"], f"topic {topic['TopicArn'].rpartition(':')[2]}", shown["Statement"]
    for url in sqs.list_queues().get("QueueUrls", []):
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        if "Policy" in attributes:
            yield (
                attributes["QueueArn"],
                f"queue {url.rpartition('/')[2]}",
                json.loads(attributes["Policy"])["Statement"],
            )


def without_tls(arn, statements):
    """Judge what those who may do something ask without TLS; a statement must deny it by name."""
    asked = [
        Request(
            Principal(account, f"arn:aws:iam::{account}:role/switchyard-any"),
            action,
            f"{arn}/any",
            {"aws:SecureTransport": "false"},
        )
        for account in (SOURCE, TARGET)
        for action in ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
    ]
    undenied = tuple(one.action for one in asked if decide({"Statement": statements}, one) is not False)
    return Outside(arn, len(asked) - len(undenied), undenied)


def require_nothing_twice(arn, statements):
    """Each action that a statement allows is allowed by no other: without it, what it is for is refused."""
    allowing = [one for one in statements if one["Effect"] == "Allow" and one.get("Sid") not in OF_PEOPLE]
    asked = [
        Request(principal, action.replace("*", "To"), resource.replace("*", "any"), wanted(one))
        for one in allowing
        for principal in named(one)
        for action in listed(one["Action"])
        for resource in listed(one["Resource"])
    ]
    proof = Proof(allowing, asked)
    assert {part for part in proof.actions if part not in proof.needed} == set(), arn


def named(statement):
    """Who a statement names."""
    who = statement["Principal"]
    for service in listed(who.get("Service", [])):
        yield Principal(service=service)
    for one in listed(who.get("AWS", [])):
        account = one.split(":")[4]
        yield Principal(
            account, f"arn:aws:iam::{account}:role/switchyard-any" if one.endswith(":root") else one
        )


def wanted(statement):
    """Condition keys as a statement wants them."""
    return {
        key: listed(value)[0].replace("*", "any")
        for keys in statement.get("Condition", {}).values()
        for key, value in keys.items()
    }
