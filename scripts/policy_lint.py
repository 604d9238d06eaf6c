"""Reads the policies of docs/reference/iam and of the CloudFormation templates with parliament, a linter of policies.

Usage:
    .venv/bin/python -m scripts.policy_lint

It knows every action of AWS, which resources each takes and which condition keys, from AWS's own reference. A finding
that is meant stands below with its reason; one that is not found any more is told too.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

import yaml

from scripts.role_policies import POLICIES, TEMPLATES

MEANT: Mapping[tuple[str, str], str] = {
    (r".*: (Look|FindTheDatabase|FindTheSource|LookAtDms)", "RESOURCE_STAR"): (
        "lists metadata of what has no name yet, or whose name the call does not tell"
    ),
    (
        r".*: SearchWithMacie",
        "RESOURCE_STAR",
    ): "Macie chooses the ids, so that nobody knows an ARN beforehand",
    (
        r".*: (UseBothKeys|UseOwnKey|UseKeyOfRecoveryPoints|TargetUsesIt|AccountDecidesWho.*|DmsWrites)",
        "WILDCARD",
    ): "AWS's guides ask for kms:ReEncrypt* and kms:GenerateDataKey*: services choose among their forms",
    (r".*Key: AccountManages", "WILDCARD"): "as the key policy that KMS's console writes for administrators",
    (r".*: TearDownTests", "RESOURCE_MISMATCH"): "a cluster that is torn down leaves no snapshot",
    (r".*: OnlyWithThisKey", "MISMATCHED_TYPE_BUT_USABLE"): "the key's ARN is compared letter by letter",
}
"""What stays, as patterns of "policy: Sid" with the kind of finding, and why."""
PSEUDO = {
    "AWS::AccountId": "111111111111",
    "AWS::Partition": "aws",
    "AWS::Region": "us-west-2",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "stack",
}
ARNS = {
    "AWS::IAM::Role": "arn:aws:iam::111111111111:role/{}",
    "AWS::KinesisFirehose::DeliveryStream": "arn:aws:firehose:us-west-2:111111111111:deliverystream/{}",
    "AWS::KMS::Key": "arn:aws:kms:us-west-2:111111111111:key/{}",
    "AWS::Logs::LogGroup": "arn:aws:logs:us-west-2:111111111111:log-group:{}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SNS::Topic": "arn:aws:sns:us-west-2:111111111111:{}",
    "AWS::SQS::Queue": "arn:aws:sqs:us-west-2:111111111111:{}",
}
"""What stands for a resource's ARN."""
EXAMPLES = {
    "ClusterRegion": "us-west-2",
    "SourceAccountId": "111111111111",
    "TargetAccountId": "222222222222",
    "AlertTopicArn": "arn:aws:sns:us-west-2:111111111111:alerts",
    "ClusterKeyArn": "arn:aws:kms:us-west-2:111111111111:key/cluster",
    "FindingsKeyArn": "arn:aws:kms:us-west-2:111111111111:key/findings",
    "LoginSecretKeyArn": "arn:aws:kms:us-west-2:111111111111:key/login",
    "LoginSecretArn": "arn:aws:secretsmanager:us-west-2:111111111111:secret:login-AbCdEf",
    "RecoveryKeyArn": "arn:aws:kms:us-west-1:111111111111:key/recovery",
    "TopicArn": "arn:aws:sns:us-west-1:111111111111:recovery-points",
}
"""What stands for parameters that have no default, or one that says nothing."""
Policy = Mapping[str, Any]


def main() -> int:
    """Print what is wrong; 1 where something is."""
    wrong = list(problems(policies()))
    sys.stdout.writelines(f"{one}\n" for one in wrong)
    return int(bool(wrong))


def problems(named: Iterable[tuple[str, Policy]]) -> Iterator[str]:
    """What is found and not meant, and what is meant and not found."""
    found = {key: detail for name, policy in named for key, detail in findings(name, policy)}
    used = set()
    for (where, issue), detail in found.items():
        meant = [key for key in MEANT if key[1] == issue and re.fullmatch(key[0], where)]
        used.update(meant)
        if not meant:
            yield f"{where}: {issue}: {detail}"
    for where, issue in MEANT.keys() - used:
        yield f"{where}: {issue} is not found any more. Take it from scripts/policy_lint.py"


def findings(name: str, policy: Policy) -> Iterator[tuple[tuple[str, str], Any]]:
    """Each statement's findings, as ("policy: Sid", kind) with the details; wildcards in actions are one, too."""
    for statement in policy["Statement"]:
        where = f"{name}: {statement.get('Sid', '')}"
        one = json.dumps({"Version": policy["Version"], "Statement": [statement]})
        for finding in _analyze(one).findings:
            # In the policy of a key "*" is the key itself.
            if finding.issue != "RESOURCE_STAR" or "Principal" not in statement:
                yield (where, finding.issue), finding.detail
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        broad = [action for action in actions if "*" in action]
        if statement["Effect"] == "Allow" and broad:
            yield (where, "WILDCARD"), broad


def _analyze(text: str) -> Any:
    """Let parliament read a policy. It finds its own data by a module that setuptools has no more: this stands in."""
    sys.modules.setdefault("pkg_resources", SimpleNamespace(resource_filename=_beside))  # type: ignore[arg-type]
    return importlib.import_module("parliament").analyze_policy_string(text)


def _beside(package: str, name: str) -> str:
    return str(files(package) / name)


def policies() -> Iterator[tuple[str, Policy]]:
    """Each policy with its name: a document's, or a template's with that of the resource in it."""
    for path in sorted(POLICIES.glob("*.json")):
        yield path.stem, json.loads(path.read_text())
    for path in sorted(TEMPLATES.rglob("*.yaml")):
        yield from _in_template(path.relative_to(TEMPLATES).with_suffix("").as_posix(), path.read_text())


def _in_template(name: str, text: str) -> Iterator[tuple[str, Policy]]:
    template = yaml.load(text, Loader=_Loader)  # noqa: S506 - it derives from the safe one
    resources = template["Resources"]
    parameters = template.get("Parameters", {})
    values = PSEUDO | {key: str(one.get("Default") or key) for key, one in parameters.items()} | EXAMPLES
    for logical_id, resource in resources.items():
        arn = ARNS.get(resource["Type"], "{}").format(logical_id.lower())
        values |= {logical_id: arn, f"{logical_id}.Arn": arn, f"{logical_id}.RoleId": "AROA"}
    for logical_id, resource in resources.items():
        for number, policy in enumerate(_documents(resource["Properties"])):
            yield f"{name}: {logical_id}{number or ''}", _plain(policy, values)


def _documents(value: Any) -> Iterator[Policy]:
    """Policies within the properties of a resource, but for who may take on a role."""
    if isinstance(value, dict):
        if "Statement" in value:
            yield value
            return
        for key, one in value.items():
            if key != "AssumeRolePolicyDocument":
                yield from _documents(one)
    elif isinstance(value, list):
        for one in value:
            yield from _documents(one)


def _plain(value: Any, values: Mapping[str, str]) -> Any:
    """A policy without functions; of a choice the first."""
    if isinstance(value, list):
        return [_plain(one, values) for one in value]
    if not isinstance(value, dict):
        return value
    name = next(iter(value), "")
    if name == "Ref" or name.startswith("Fn::"):
        return _called(name, value[name], values)
    return {key: _plain(one, values) for key, one in value.items()}


def _called(function: str, argument: Any, values: Mapping[str, str]) -> Any:
    """What a function of CloudFormation gives; "any" where that does not matter to a policy."""
    if function in ("Ref", "Fn::GetAtt"):
        return values[".".join(argument) if isinstance(argument, list) else argument]
    if function == "Fn::Sub":
        text, own = argument if isinstance(argument, list) else (argument, {})
        known = {**values, **_plain(own, values)}
        return re.sub(r"\$\{([^}]+)\}", lambda found: known[found[1]], text)
    if function == "Fn::If":
        return _plain(argument[1], values)
    if function == "Fn::ImportValue":
        name = _plain(argument, values)
        return f"arn:aws:kms:us-west-2:111111111111:key/{name}" if name.endswith("KeyArn") else name
    return "any"


class _Loader(yaml.SafeLoader):
    """YAML with the short forms of CloudFormation's functions."""


def _function(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> Any:
    name = tag if tag in ("Ref", "Condition") else f"Fn::{tag}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}  # type: ignore[arg-type]


_Loader.add_multi_constructor("!", _function)


if __name__ == "__main__":
    sys.exit(main())
