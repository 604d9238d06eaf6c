"""AWS::KMS::Key: moto's, whose policy would be no text that KMS could read or return."""

from __future__ import annotations

import json
from typing import Any

from moto.kms.models import Key, kms_backends

moto_create = Key.create_from_cloudformation_json


def create(resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any) -> Key:
    """Make a key with its policy as KMS keeps it."""
    properties = dict(cloudformation_json["Properties"])
    policy = properties.get("KeyPolicy")
    # Without one KMS takes its default policy.
    properties["KeyPolicy"] = json.dumps(policy) if policy else None
    made: Key = moto_create(resource_name, {"Properties": properties}, account_id, region_name)
    made.key_rotation_status = str(properties.get("EnableKeyRotation", False)).lower() == "true"
    return kms_backends[account_id][region_name].keys[made.id]
