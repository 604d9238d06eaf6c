"""moto's STS with credentials that speak for themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.sts.models import AssumedRole as MotoAssumedRole
from moto.sts.models import STSBackend as MotoSTSBackend

from sandbox import identity


class AssumedRole(MotoAssumedRole):
    """A role session whose token names it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session_token = identity.session_token(self.arn)


class STSBackend(MotoSTSBackend):
    """Knows sessions issued before the last reset."""

    def get_caller_identity(self, access_key_id: str, region: str) -> tuple[str, str, str]:
        """Return user id, ARN and account of the caller."""
        caller = identity.current.get()
        if caller.arn and not self.get_assumed_role_from_access_key(access_key_id):
            return f"{access_key_id}:{caller.arn.rpartition('/')[2]}", caller.arn, caller.account
        return super().get_caller_identity(access_key_id, region)


def account_from(issued: Callable[[str], str]) -> Callable[[str], str]:
    """Extend moto's lookup of an access key's account to temporary keys that it no longer knows."""

    def lookup(access_key: str) -> str:
        return identity.account_of(access_key) or issued(access_key)

    return lookup
