"""What Application Auto Scaling tries with its caller's permissions before it acts, which policies must allow besides.

A new target makes it try to make, tag and delete an instance that cannot be, and a policy needs alarms. Source:
https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.wire import ApiCall

ALARMS = {
    "PutScalingPolicy": "cloudwatch:PutMetricAlarm",
    "DeleteScalingPolicy": "cloudwatch:DeleteAlarms",
    "DeregisterScalableTarget": "cloudwatch:DeleteAlarms",
}


def tried(call: ApiCall, parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the actions of other services that a call needs, each with its resource."""
    target = str(parameters.get("ResourceId", ""))
    if parameters.get("ServiceNamespace") != "rds" or not target:
        return
    place = f"{call.region}:{call.caller.account}"
    if call.operation == "RegisterScalableTarget":
        nameless = f"arn:aws:rds:{place}:db:"
        yield "rds:CreateDBInstance", f"arn:aws:rds:{place}:{target}"
        yield "rds:CreateDBInstance", nameless
        yield "rds:DeleteDBInstance", nameless
        yield "rds:AddTagsToResource", f"arn:aws:rds:{call.region}:12345:db:non-existing-db"
        yield "rds:DescribeDBClusters", f"arn:aws:rds:{place}:{target}"
        yield "rds:DescribeDBInstances", "*"
    if call.operation in ALARMS:
        yield ALARMS[call.operation], f"arn:aws:cloudwatch:{place}:alarm:TargetTracking-{target}-*"
    if call.operation == "PutScalingPolicy":
        yield "cloudwatch:DescribeAlarms", "*"
