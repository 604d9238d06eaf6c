"""Which KMS key an RDS call may use: it must exist in the Region, be enabled, and admit the caller.

Permissions needed to encrypt:
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.Keys.html
and to read a snapshot that another account shares:
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-share-snapshot.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from moto.kms.models import Key, kms_backends
from moto.rds.exceptions import KMSKeyNotAccessibleFault

from sandbox import identity
from sandbox.kms import access, policy
from sandbox.policy import Principal
from sandbox.rds.exceptions import SourceKeyNotAccessible

DEFAULT_ALIAS = "alias/aws/rds"
KEY_ARN = re.compile(r"arn:[\w-]+:kms:(?P<region>[\w-]+):(?P<account>\d{12}):(?P<name>(?:key|alias)/.+)")
TO_ENCRYPT = ("kms:CreateGrant", "kms:DescribeKey")
TO_READ_SHARED = (
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


def default_key(account: str, region: str) -> str:
    """Return the ARN of the account's AWS managed key for RDS, made on first use as on AWS."""
    key = kms_backends[account][region].describe_key(DEFAULT_ALIAS)
    key.key_manager = "AWS"
    return key.arn


def is_default_key(arn: str | None) -> bool:
    """Tell whether the key is some account's AWS managed key for RDS, which no other account can use."""
    key = find(arn) if arn else None
    return key is not None and DEFAULT_ALIAS in key.aliases


def find(arn: str) -> Key | None:
    """Return the key of a key ARN or alias ARN, or None."""
    match = KEY_ARN.fullmatch(arn)
    if match is None:
        return None
    backend = kms_backends[match["account"]][match["region"]]
    name = match["name"].removeprefix("key/")
    if name.startswith("alias/"):
        if name != DEFAULT_ALIAS and not backend.alias_exists(name):
            return None
        name = backend.any_id_to_key_id(name)
    return backend.keys.get(name)


def resolve(key_id: str, *, account: str, region: str) -> str:
    """Return the ARN of a key that the account may encrypt with in this Region.

    `key_id` is a key id, key ARN, alias or alias ARN. Raises KMSKeyNotAccessibleFault for a key that is
    unknown, of another Region, not enabled, or whose policy and grants do not admit the caller.
    """
    name = key_id if key_id.startswith(("arn:", "alias/")) else f"key/{key_id}"
    arn = name if name.startswith("arn:") else f"arn:aws:kms:{region}:{account}:{name}"
    key = find(arn)
    if key is None or key.region != region or not _usable(key, account, region, TO_ENCRYPT):
        raise KMSKeyNotAccessibleFault(key_id)
    return key.arn


def check_source(key_arn: str | None, *, account: str, region: str) -> None:
    """Refuse to read a snapshot with a key that the account may not use; `region` is where the key lives."""
    key = find(key_arn) if key_arn else None
    actions = TO_ENCRYPT if key is not None and key.account_id == account else TO_READ_SHARED
    if key is None or not _usable(key, account, region, actions):
        raise SourceKeyNotAccessible(key_arn)


def alive(key_arn: str, *, account: str, region: str) -> bool:
    """Tell whether a cluster can be decrypted: its key is enabled, and if foreign, admits the account."""
    key = find(key_arn)
    if key is None or key.key_state != "Enabled":
        return False
    return key.account_id == account or _usable(key, account, region, ("kms:Decrypt",), anyone=True)


def _usable(key: Key, account: str, region: str, actions: Sequence[str], *, anyone: bool = False) -> bool:
    if key.key_state != "Enabled":
        return False
    caller = None if anyone else _caller(account)
    context = {"kms:ViaService": f"rds.{region}.amazonaws.com", "kms:GrantIsForAWSResource": "true"}
    return all(
        _admitted(key, Principal(account, caller), action, context) or _granted(key, account, action)
        for action in actions
    )


def _admitted(key: Key, principal: Principal, action: str, context: Mapping[str, str]) -> bool:
    """Tell whether the key's policy admits the principal, and its own policies do, where they count."""
    by_key = policy.allows(
        key.policy,
        principal.account,
        action,
        principal_arn=principal.arn,
        context=context,
        key_arn=key.arn,
    )
    return by_key and access.own_policies_allow(key, action.removeprefix("kms:"), principal, context)


def _caller(account: str) -> str | None:
    caller = identity.current.get()
    return caller.arn if caller.account == account else None


def _granted(key: Key, account: str, action: str) -> bool:
    operation = action.removeprefix("kms:")
    return any(
        operation in grant.operations and f":{account}:" in f":{grant.grantee_principal}:"
        for grant in key.grants.values()
    )
