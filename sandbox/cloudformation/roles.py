"""AWS::IAM::Role: moto's, which forgets managed policies, and cannot tell what its own ones say."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, Role, iam_backends

moto_create = Role.create_from_cloudformation_json
moto_delete = Role.delete_from_cloudformation_json
OF_AWS = "arn:aws:iam::aws:policy"


def create(resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any) -> Role:
    """Make a role with its policies and the managed ones; NoSuchEntity where there is none of the name."""
    made: Role = moto_create(resource_name, cloudformation_json, account_id, region_name)
    for name, document in made.policies.items():
        made.put_policy(name, document if isinstance(document, str) else json.dumps(document, default=str))
    backend = iam_backends[account_id]["aws"]
    for arn in cloudformation_json["Properties"].get("ManagedPolicyArns", []):
        _know(backend, arn, region_name)
        backend.attach_role_policy(arn, made.name)
    return made


def delete(resource_name: str, cloudformation_json: Any, account_id: str, region_name: str) -> None:
    """Delete a role after its managed policies are detached."""
    backend = iam_backends[account_id]["aws"]
    for arn in list(backend.get_role(resource_name).managed_policies):
        backend.detach_role_policy(arn, resource_name)
    moto_delete(resource_name, cloudformation_json, account_id, region_name)


def _know(backend: IAMBackend, arn: str, region: str) -> None:
    """Let an account know a policy of AWS's own, which moto does by default not at all."""
    if arn in backend.managed_policies or not arn.startswith(OF_AWS):
        return
    name = arn.rpartition("/")[2]
    data = _policies_of_aws().get(name)
    if data and arn == f"{OF_AWS}{data['Path']}{name}":
        backend.managed_policies[arn] = AWSManagedPolicy.from_data(name, backend.account_id, region, data)


@cache
def _policies_of_aws() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(aws_managed_policies_data)
    return found
