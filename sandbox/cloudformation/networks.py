"""AWS::EC2::SecurityGroup: moto's, which lets everything out whatever the template says."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import SecurityGroup

moto_create = SecurityGroup.create_from_cloudformation_json


def create_security_group(
    resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
) -> SecurityGroup:
    """Make a security group; where it has rules for what goes out, they replace the rule that lets all out.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-ec2-securitygroup.html
    """
    made: SecurityGroup = moto_create(resource_name, cloudformation_json, account_id, region_name)
    wanted = cloudformation_json["Properties"].get("SecurityGroupEgress")
    if wanted is None:
        return made
    backend: Any = ec2_backends[account_id][
        region_name
    ]  # typed for ports as text, which it would return as such
    made.egress_rules.clear()
    for rule in wanted:
        backend.authorize_security_group_egress(
            group_name_or_id=made.id,
            ip_protocol=rule["IpProtocol"],
            from_port=int(rule["FromPort"]),
            to_port=int(rule["ToPort"]),
            ip_ranges=[{"CidrIp": rule["CidrIp"], "Description": rule.get("Description", "")}],
            source_groups=[],
            vpc_id=made.vpc_id,
        )
    return made
