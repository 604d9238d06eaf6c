"""The roles of the templates, beside the policies that the pipelines were proved to need."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from sandbox.cloudformation.templates import Loader
from scripts import role_policies
from scripts.role_policies import POLICIES, TEMPLATES, document
from tests.support.stacks import WORKER, deploy

SOURCE, TARGET = "111111111111", "222222222222"
LEFT_OUT = {"AWS::SNS::Subscription"}
"""What there is no topic for where the target's stack is alone; `tests.support.template_policies` makes both."""

CLUSTER_KEY = f"arn:aws:kms:us-west-2:{SOURCE}:key/KEY-OF-THE-CLUSTER"
RECOVERY_KEY = f"arn:aws:kms:us-west-1:{SOURCE}:key/KEY-OF-THE-RECOVERY-POINTS"
ANNOUNCED = {
    "SourceAccountId": SOURCE,
    "RecoveryKeyArn": RECOVERY_KEY,
    "ManifestBucketName": f"switchyard-manifests-{SOURCE}",
    "TopicArn": f"arn:aws:sns:us-west-1:{SOURCE}:switchyard-recovery-points",
}
STACKS = {
    "source": (
        ("aurora_recovery/source", "source", "us-west-1"),
        {"ClusterRegion": "us-west-2", "ClusterKeyArn": CLUSTER_KEY, "TargetAccountId": TARGET},
        {"source": "switchyard-source"},
    ),
    "target": (
        ("aurora_recovery/target", "target", "us-west-1"),
        ANNOUNCED,
        {"target": "switchyard-target", "recovery_watch": "switchyard-watch"},
    ),
    "source of instances": (
        ("aurora_recovery/source", "source", "us-west-1"),
        {
            "Kind": "instance",
            "ClusterRegion": "us-west-2",
            "ClusterKeyArn": CLUSTER_KEY,
            "TargetAccountId": TARGET,
        },
        {"source_instance": "switchyard-source"},
    ),
    "target of instances": (
        ("aurora_recovery/target", "target", "us-west-1"),
        {"Kind": "instance", **ANNOUNCED},
        {"target_instance": "switchyard-target", "recovery_watch": "switchyard-watch"},
    ),
    "synonyms": (
        ("synonym_refresh/account", "source", "us-west-2"),
        {},
        {
            "synonym_refresh": "switchyard-synonym-refresh",
            "synonym_bootstrap": "switchyard-synonym-bootstrap",
        },
    ),
    "loads": (
        ("federated_load/account", "source", "us-west-2"),
        {"WorkgroupId": "ID-OF-THE-WORKGROUP", "NamespaceId": "ID-OF-THE-NAMESPACE"},
        {"federated_load": "switchyard-load", "federated_schema": "switchyard-schemas"},
    ),
}


def made(name):
    """A template's text, without what the sandbox does not make."""
    content = yaml.load((TEMPLATES / f"{name}.yaml").read_text(), Loader=Loader)  # noqa: S506 - safe
    resources = content["Resources"]
    content["Resources"] = {key: one for key, one in resources.items() if one["Type"] not in LEFT_OUT}
    return yaml.safe_dump(content)


def test_the_templates_are_current():
    """It should write the policies that docs/reference/iam has now."""
    assert [path.name for path, text in role_policies.texts() if path.read_text() != text] == []


def test_a_name_without_a_parameter_is_found(monkeypatch, tmp_path):
    """It should refuse a document that names something nobody may choose."""
    stray = {"Statement": [{"Sid": "A", "Effect": "Allow", "Action": "s3:Get", "Resource": "x:us-east-1:y"}]}
    (tmp_path / "stray.json").write_text(json.dumps(stray))
    monkeypatch.setattr(role_policies, "POLICIES", tmp_path)
    with pytest.raises(ValueError, match=r"nothing stands for a part of 'x:us-east-1:y'"):
        document("stray", {})


@pytest.mark.parametrize("name", STACKS)
def test_roles_may_do_what_the_pipelines_need_and_no_more(sandbox, name):
    """It should give the roles of a stack with the shipped names exactly the documented policies."""
    (template, account, region), parameters, roles = STACKS[name]
    stacks = sandbox.client("cloudformation", account, region)
    deploy(stacks, made(template), "switchyard", WorkerPrincipalArn=WORKER, **parameters)
    iam = sandbox.client("iam", account, region)
    for policy, role in roles.items():
        assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["pipeline"]
        assert iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"] == []
        found = iam.get_role_policy(RoleName=role, PolicyName="pipeline")["PolicyDocument"]
        documented = json.loads((POLICIES / f"{policy}.json").read_text())
        role_id = iam.get_role(RoleName=role)["Role"]["RoleId"]
        assert comparable(found, role_id) == comparable(documented, role_id)


@pytest.mark.parametrize("name", STACKS)
def test_roles_are_for_the_workers_alone(sandbox, name):
    """It should let nobody else take on a role, and the workers with the agreed id only, where there is one."""
    (template, account, region), parameters, roles = STACKS[name]
    stacks = sandbox.client("cloudformation", account, region)
    deploy(stacks, made(template), "switchyard", WorkerPrincipalArn=WORKER, ExternalId="agreed", **parameters)
    for role in roles.values():
        found = sandbox.client("iam", account, region).get_role(RoleName=role)["Role"]
        [statement] = found["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"AWS": WORKER}
        assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "agreed"}}


@pytest.mark.parametrize("name", ["source", "synonyms", "loads"])
def test_buckets_are_private_and_encrypted(sandbox, name):
    """It should block public access to each bucket, and encrypt it with the stack's own key, or so that AWS can read.

    OpenSearch Service reads no file that a KMS key protects, and the first step of a refresh refuses such a bucket.
    """
    (template, account, region), parameters, _ = STACKS[name]
    stacks = sandbox.client("cloudformation", account, region)
    deploy(stacks, made(template), "switchyard", WorkerPrincipalArn=WORKER, **parameters)
    s3 = sandbox.client("s3", account, region)
    [bucket] = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    [rule] = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    default = rule["ApplyServerSideEncryptionByDefault"]
    if name == "synonyms":
        assert default == {"SSEAlgorithm": "AES256"}
        return
    key = default["KMSMasterKeyID"]
    found = sandbox.client("kms", account, region).describe_key(KeyId=key)["KeyMetadata"]
    assert (found["KeyManager"], found["Arn"]) == ("CUSTOMER", key)


def comparable(policy, role_id):
    """A policy with lists in the place of single values, and with keys and roles that all look alike."""
    text = re.sub(r"key/[A-Za-z0-9-]+", "key/KEY", json.dumps(policy["Statement"]))
    statements = json.loads(text.replace("ID-OF-THE-ROLE", role_id))
    for one in statements:
        for part in ("Action", "Resource"):
            one[part] = one[part] if isinstance(one[part], list) else [one[part]]
    return statements
