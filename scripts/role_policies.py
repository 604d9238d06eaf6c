"""Writes what roles may do into the CloudFormation templates, from docs/reference/iam, or tells whether it is current.

Usage:
    .venv/bin/python -m scripts.role_policies write
    .venv/bin/python -m scripts.role_policies check

The documents there are written for the shipped pipelines, and tests run those under them. Here their accounts, Regions
and names become parameters of a template and what it makes. A name that nothing stands for stops the writing.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
POLICIES = REPOSITORY / "docs" / "reference" / "iam"
TEMPLATES = REPOSITORY / "deploy" / "cloudformation"
MARK = (
    "  # What the roles may do is written by `python -m scripts.role_policies write` from docs/reference/iam; "
    "change that.\n"
)
LEFT = re.compile(r"\d{12}|us-[a-z]+-\d|KEY-OF|ID-OF")
"""What a document has of the shipped pipelines, and no template may keep."""

ANYWHERE = {"arn:aws:": "arn:${AWS::Partition}:"}
HERE = {"111111111111": "${AWS::AccountId}", "us-west-2": "${AWS::Region}"}


@dataclass(frozen=True)
class Template:
    """A template's roles.

    Attributes:
        file: path below the templates.
        policies: resources to write, each with the document and the role that it is for; None makes a managed policy.
            A third word is the condition of the template under which it is made.
        names: texts of the documents and what stands for them in the template, the longest first.
    """

    file: str
    policies: Mapping[str, tuple[str | None, ...]]
    names: Mapping[str, str]


BUCKET = "arn:aws:s3:::"
SHARED = {
    "aurora_recovery/orders": "aurora_recovery/${Pipeline}",
    "secret:switchyard/orders/login": "secret:${Login}",
    "orders": "${Cluster}",
}
LAKE = {
    "secret:switchyard/retail-mysql/login": "secret:${Login}",
    "secret:switchyard/retail-mysql/warehouse": "secret:${WarehouseLogin}",
    "ID-OF-THE-NAMESPACE": "${NamespaceId}",
    "ID-OF-THE-WORKGROUP": "${WorkgroupId}",
    f"{BUCKET}switchyard-lake-111111111111-us-west-2": "${Lake.Arn}",
    "arn:aws:kms:us-west-2:111111111111:key/KEY-OF-THE-LAKE": "${LakeKey.Arn}",
}
TEMPLATES_OF: Sequence[Template] = (
    Template(
        "aurora_recovery/source.yaml",
        {
            "SourcePolicy": ("source", "SourceRole", "IsCluster"),
            "SourceInstancePolicy": ("source_instance", "SourceRole", "IsInstance"),
        },
        {
            **SHARED,
            "arn:aws:kms:us-west-2:111111111111:key/KEY-OF-THE-CLUSTER": "${ClusterKeyArn}",
            "arn:aws:kms:us-west-2:111111111111:key/KEY-OF-THE-INSTANCE": "${ClusterKeyArn}",
            "arn:aws:kms:us-west-1:111111111111:key/KEY-OF-THE-RECOVERY-POINTS": "${RecoveryKey.Arn}",
            f"{BUCKET}switchyard-manifests-111111111111": "${Manifests.Arn}",
            "arn:aws:sns:us-west-1:111111111111:switchyard-recovery-alerts": "${Alerts}",
            "arn:aws:sns:us-west-1:111111111111:switchyard-recovery-points": "${Announcements}",
            "111111111111": "${AWS::AccountId}",
            "us-west-2": "${ClusterRegion}",
            "us-west-1": "${AWS::Region}",
        },
    ),
    Template(
        "aurora_recovery/target.yaml",
        {
            "TargetPolicy": ("target", "TargetRole", "IsCluster"),
            "TargetInstancePolicy": ("target_instance", "TargetRole", "IsInstance"),
            "WatchPolicy": ("recovery_watch", "WatchRole"),
        },
        {
            **SHARED,
            "subgrp:switchyard": "subgrp:${SubnetGroup}",
            "arn:aws:kms:us-west-1:222222222222:key/KEY-OF-THE-LIVE-CLUSTER": "${LiveKey.Arn}",
            "arn:aws:kms:us-west-1:222222222222:key/KEY-OF-THE-LIVE-INSTANCE": "${LiveKey.Arn}",
            "arn:aws:kms:us-west-1:111111111111:key/KEY-OF-THE-RECOVERY-POINTS": "${RecoveryKeyArn}",
            "switchyard-manifests-111111111111": "${ManifestBucketName}",
            "arn:aws:sns:us-west-1:222222222222:switchyard-recovery-alerts": "${Alerts}",
            "arn:aws:sqs:us-west-1:222222222222:switchyard-recovery-points": "${Announced.Arn}",
            "111111111111": "${SourceAccountId}",
            "222222222222": "${AWS::AccountId}",
            "us-west-1": "${AWS::Region}",
        },
    ),
    Template(
        "synonym_refresh/account.yaml",
        {
            "RefreshPolicy": ("synonym_refresh", "RefreshRole"),
            "BootstrapPolicy": ("synonym_bootstrap", "BootstrapRole"),
            "IndexTimePolicy": ("synonym_index_time", None),
        },
        {
            **HERE,
            "secret:switchyard/catalog/login": "secret:${Login}",
            f"{BUCKET}switchyard-search-111111111111": "${Releases.Arn}",
            "synonyms/products/": "synonyms/${Pipeline}/",
            "domain/products": "domain/${Domain}",
            "/products": "/${Index}",
        },
    ),
    Template(
        "federated_load/account.yaml",
        {"LoaderPolicy": ("federated_load", "LoaderRole")},
        {**HERE, **LAKE, "ID-OF-THE-ROLE": "${LoaderRole.RoleId}"},
    ),
    Template(
        "federated_load/account.yaml",
        {"SchemaPolicy": ("federated_schema", "SchemaRole")},
        {**HERE, **LAKE, "ID-OF-THE-ROLE": "${SchemaRole.RoleId}"},
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 1 says which templates are not current."""
    parser = argparse.ArgumentParser(prog="python -m scripts.role_policies", description=__doc__)
    parser.add_argument("command", choices=["write", "check"])
    command = parser.parse_args(arguments).command
    stale = [(path, text) for path, text in texts() if path.read_text(encoding="utf-8") != text]
    for path, text in stale:
        if command == "write":
            path.write_text(text, encoding="utf-8")
        else:
            sys.stdout.write(
                f"{path.relative_to(REPOSITORY)} is not current. Run: python -m scripts.role_policies write\n"
            )
    return int(bool(stale) and command == "check")


def texts() -> Iterator[tuple[Path, str]]:
    """Each template's path, and what it should say.

    Raises:
        ValueError: a document names something of the shipped pipelines that nothing stands for.
    """
    for file in dict.fromkeys(template.file for template in TEMPLATES_OF):
        path = TEMPLATES / file
        before, _, rest = path.read_text(encoding="utf-8").partition(MARK)
        outputs = rest[rest.index("\nOutputs:\n") :]
        written = "".join(_resources(one) for one in TEMPLATES_OF if one.file == file)
        yield path, before + MARK + written + outputs


def _resources(template: Template) -> str:
    return "".join(
        _resource(name, role, document(str(policy), template.names), *condition)
        for name, (policy, role, *condition) in template.policies.items()
    )


def document(policy: str, names: Mapping[str, str]) -> dict[str, Any]:
    """A documented policy, with what stands in a template for its names."""
    found: dict[str, Any] = _replaced(json.loads((POLICIES / f"{policy}.json").read_text()), names)
    return found


def _replaced(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: one if key == "Sid" else _replaced(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [_replaced(one, names) for one in value]
    for text in sorted(names | ANYWHERE, key=len, reverse=True):
        # A replacement is never looked into again: what stands between ${ and } is no name of a document.
        parts = re.split(r"(\$\{[^}]*\})", value)
        value = "".join(
            part if part.startswith("${") else part.replace(text, (ANYWHERE | names)[text]) for part in parts
        )
    if value != "2012-10-17" and LEFT.search(value):
        raise ValueError(
            f"nothing stands for a part of {value!r}. Give it a parameter in scripts/role_policies.py"
        )
    return value


def _resource(name: str, role: str | None, policy: Mapping[str, Any], condition: str | None = None) -> str:
    kind = "AWS::IAM::Policy" if role else "AWS::IAM::ManagedPolicy"
    lines = [f"  {name}:", f"    Type: {kind}"]
    lines += [f"    Condition: {condition}"] if condition else []
    lines += ["    Properties:"]
    if role:
        lines += ["      PolicyName: pipeline", f"      Roles: [!Ref {role}]"]
    else:
        lines += ["      Description: For indexes that expand documents."]
    lines += ["      PolicyDocument:", '        Version: "2012-10-17"', "        Statement:"]
    for statement in policy["Statement"]:
        lines += _statement(statement)
    return "\n".join(lines) + "\n\n"


def _statement(statement: Mapping[str, Any]) -> list[str]:
    lines = [f"          - Sid: {statement['Sid']}", f"            Effect: {statement['Effect']}"]
    for part in ("Action", "Resource"):
        values = statement[part] if isinstance(statement[part], list) else [statement[part]]
        lines.append(f"            {part}:")
        lines += [f"              - {_scalar(value)}" for value in values]
    if "Condition" in statement:
        lines.append("            Condition:")
        for test, keys in statement["Condition"].items():
            lines.append(f"              {test}:")
            lines += [f'                "{key}": {_scalar(value)}' for key, value in keys.items()]
    return lines


def _scalar(value: str) -> str:
    return f'!Sub "{value}"' if "${" in value else json.dumps(value)


if __name__ == "__main__":
    sys.exit(main())
