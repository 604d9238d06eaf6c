"""Roles that DMS acts under: they must exist and trust it.

The policies of bucket, key and secret always count, the roles' own at the bucket and its key where
`sandbox.identity_policies` are enforced.
"""

from __future__ import annotations

from urllib.parse import unquote

from moto.iam.models import iam_backends

from sandbox.dms.exceptions import AccessDenied
from sandbox.policy import Principal, Request, allows

SERVICE = "dms.amazonaws.com"
VPC_ROLE = "dms-vpc-role"


def regional(region: str) -> str:
    """Return the name under which DMS reads secrets in a Region."""
    return f"dms.{region}.amazonaws.com"


def require_vpc_role(account: str) -> None:
    """Raise AccessDenied where the account lacks the role by which DMS works in its networks."""
    require(f"arn:aws:iam::{account}:role/{VPC_ROLE}", SERVICE)


def require(role_arn: str, *services: str) -> None:
    """Raise AccessDenied unless the role exists and trusts one of these services."""
    if not usable(role_arn, *services):
        raise AccessDenied(f"The IAM Role {role_arn} is not configured properly.")


def usable(role_arn: str, *services: str) -> bool:
    """Tell whether the role exists and trusts one of these services."""
    parts = role_arn.split(":")
    if len(parts) != 6 or parts[2] != "iam" or not parts[5].startswith("role/"):
        return False
    known = iam_backends[parts[4]]["aws"].roles.values()
    role = next((role for role in known if role.arn == role_arn), None)
    if role is None:
        return False
    trust = unquote(role.assume_role_policy_document)
    context = {"aws:SourceAccount": parts[4]}  # a role can be handed to DMS in its own account only
    return any(
        allows(trust, Request(Principal(service=service), "sts:AssumeRole", "*", context))
        for service in services
    )
