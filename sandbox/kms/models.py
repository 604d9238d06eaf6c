"""moto's KMS keys, with policies that must be policies and AWS managed keys told apart from customers'."""

from __future__ import annotations

import json
from typing import Any

from moto.kms.models import Key
from moto.kms.models import KmsBackend as MotoKmsBackend

from sandbox.kms.exceptions import MalformedPolicy, Validation

MANAGED_ALIAS = "alias/aws/"
MANAGED_USE = (
    "Encrypt",
    "Decrypt",
    "ReEncrypt*",
    "GenerateDataKey*",
    "CreateGrant",
    "ListGrants",
    "DescribeKey",
)
MANAGED_LOOK = ("Describe*", "Get*", "List*", "RevokeGrant")


class KmsBackend(MotoKmsBackend):
    """The keys of one account in one Region."""

    def create_key(self, policy: str | None, *args: Any, **kwargs: Any) -> Key:
        """Make a key; MalformedPolicyDocumentException for a policy that is none."""
        if policy is not None:
            _validate_policy(policy)
        return super().create_key(policy, *args, **kwargs)

    def put_key_policy(self, key_id: str, policy: str) -> None:
        """Replace a key's policy; MalformedPolicyDocumentException for a policy that is none."""
        _validate_policy(policy)
        super().put_key_policy(key_id, policy)

    def schedule_key_deletion(self, key_id: str, pending_window_in_days: int) -> float:
        """Put a key out of use and return when it will be deleted, in seconds since the epoch."""
        if not 7 <= pending_window_in_days <= 30:
            raise Validation("PendingWindowInDays must be between 7 and 30 days (inclusive).")
        return super().schedule_key_deletion(self.any_id_to_key_id(key_id), pending_window_in_days)

    def disable_key(self, key_id: str) -> None:
        """Put a key out of use; unlike moto's, for its ARN too."""
        super().disable_key(self.get_key_id(key_id))

    def enable_key(self, key_id: str) -> None:
        """Put a key into use again; unlike moto's, for its ARN too."""
        super().enable_key(self.get_key_id(key_id))

    def cancel_key_deletion(self, key_id: str) -> None:
        """Keep a key that was to be deleted; it is disabled afterwards."""
        super().cancel_key_deletion(self.any_id_to_key_id(key_id))

    def _generate_default_keys(self, alias_name: str) -> str | None:
        key_id = super()._generate_default_keys(alias_name)
        if key_id is not None and alias_name.startswith(MANAGED_ALIAS):
            key = self.keys[key_id]
            key.key_manager = "AWS"
            key.policy = self._managed_policy(alias_name.removeprefix(MANAGED_ALIAS))
        return key_id

    def _managed_policy(self, service: str) -> str:
        """Admit this account through the service that the key belongs to, and nobody else.

        Source: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key
        """
        through = {
            "kms:CallerAccount": self.account_id,
            "kms:ViaService": f"{service}.{self.region_name}.amazonaws.com",
        }
        statements = [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": [f"kms:{name}" for name in MANAGED_USE],
                "Resource": "*",
                "Condition": {"StringEquals": through},
            },
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{self.account_id}:root"},
                "Action": [f"kms:{name}" for name in MANAGED_LOOK],
                "Resource": "*",
            },
        ]
        return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _validate_policy(policy: str) -> None:
    try:
        document = json.loads(policy)
    except ValueError as error:
        raise MalformedPolicy(f"The policy is not JSON: {error}") from error
    if not isinstance(document, dict) or not document.get("Statement"):
        raise MalformedPolicy("The policy has no statement")
