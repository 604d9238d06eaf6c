"""Which key a request means, and whether the caller may use it the way it asks to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from moto.kms.models import Key, KmsBackend, kms_backends

from sandbox import identity_policies
from sandbox.identity import Caller
from sandbox.kms.exceptions import AccessDenied, Disabled, InvalidState, NotFound
from sandbox.kms.policy import allows
from sandbox.policy import Principal, Request
from sandbox.policy import allows as says


@dataclass(frozen=True)
class Use:
    """What an operation asks: may other accounts, must the key be enabled, must it not be pending deletion.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html and
    https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
    """

    cross_account: bool = False
    enabled: bool = False
    not_pending: bool = False


USES: Mapping[str, Use] = {
    "CancelKeyDeletion": Use(),
    "CreateGrant": Use(cross_account=True, enabled=True),
    "Decrypt": Use(cross_account=True, enabled=True),
    "DescribeKey": Use(cross_account=True),
    "DisableKey": Use(not_pending=True),
    "DisableKeyRotation": Use(enabled=True),
    "EnableKey": Use(not_pending=True),
    "EnableKeyRotation": Use(enabled=True),
    "Encrypt": Use(cross_account=True, enabled=True),
    "GenerateDataKey": Use(cross_account=True, enabled=True),
    "GenerateDataKeyWithoutPlaintext": Use(cross_account=True, enabled=True),
    "GenerateMac": Use(cross_account=True, enabled=True),
    "GetKeyPolicy": Use(),
    "GetKeyRotationStatus": Use(cross_account=True),
    "GetPublicKey": Use(cross_account=True, enabled=True),
    "ListGrants": Use(cross_account=True),
    "ListKeyPolicies": Use(),
    "ListResourceTags": Use(),
    "PutKeyPolicy": Use(),
    "ReEncryptFrom": Use(cross_account=True, enabled=True),
    "ReEncryptTo": Use(cross_account=True, enabled=True),
    "RetireGrant": Use(cross_account=True),
    "RevokeGrant": Use(cross_account=True),
    "ScheduleKeyDeletion": Use(not_pending=True),
    "Sign": Use(cross_account=True, enabled=True),
    "TagResource": Use(not_pending=True),
    "UntagResource": Use(not_pending=True),
    "UpdateKeyDescription": Use(not_pending=True),
    "Verify": Use(cross_account=True, enabled=True),
    "VerifyMac": Use(cross_account=True, enabled=True),
}


def backend_of(key_id: str, account: str, region: str) -> KmsBackend:
    """Return the backend that a key id, key ARN, alias name or alias ARN points to.

    NotFoundException for an ARN of another Region: a client sees its own Region only.
    """
    if not key_id.startswith("arn:"):
        return kms_backends[account][region]
    parts = key_id.split(":")
    if len(parts) < 6 or parts[2] != "kms" or parts[3] != region:
        raise NotFound(f"Invalid arn {parts[3] if len(parts) > 3 else key_id}")
    return kms_backends[parts[4]][region]


def find(key_id: str, account: str, region: str) -> Key:
    """Return the key that an id, ARN or alias means to a caller of this account and Region."""
    backend = backend_of(key_id, account, region)
    raw = backend.get_alias_name(key_id)
    if raw.startswith("alias/"):
        target = backend.get_key_id_from_alias(raw)
        if target is None:
            raise NotFound(f"Alias arn:aws:kms:{region}:{backend.account_id}:{raw} is not found.")
        return backend.keys[target]
    raw = backend.get_key_id(key_id)
    if raw not in backend.keys:
        raise NotFound(f"Key 'arn:aws:kms:{region}:{backend.account_id}:key/{raw}' does not exist")
    return backend.keys[raw]


def find_anywhere(raw_id: str, region: str) -> Key | None:
    """Return the key with this id, of whichever account; ciphertexts name their key by nothing more."""
    for account in list(kms_backends):
        key = kms_backends[account][region].keys.get(raw_id)
        if key is not None:
            return key
    return None


def check(key: Key, operation: str, caller: Caller, context: Mapping[str, str] | None = None) -> None:
    """Raise the KMS error that forbids the operation on the key, if one does.

    The key policy or a grant must allow it; across accounts only some operations can be allowed at all.
    """
    use = USES.get(operation, Use())
    action = f"kms:{operation}"
    foreign = caller.service is None and caller.account != key.account_id
    permitted = allows(
        key.policy,
        caller.account,
        action,
        principal_arn=caller.arn,
        service=caller.service,
        context=context,
        key_arn=key.arn,
    )
    if (foreign and not use.cross_account) or not (permitted or granted(key, operation, caller)):
        name = caller.service or caller.arn or f"arn:aws:iam::{caller.account}:root"
        raise AccessDenied(name, action, key.arn)
    check_state(key, use)


def own_policies_allow(key: Key, operation: str, principal: Principal, context: Mapping[str, str]) -> bool:
    """Tell whether the policies of the principal itself, where they count, let it use a key whose policy does.

    Within the account a key policy that names the principal is enough; where it admits the account as a whole, and
    always across accounts, its own policies must allow it.
    Source: https://docs.aws.amazon.com/kms/latest/developerguide/iam-policies.html
    """
    own = identity_policies.documents(principal)
    if own is None or key.key_manager == "AWS":
        return True
    known = {"kms:CallerAccount": principal.account, **context}
    by_own = identity_policies.judge(own, Request(principal, f"kms:{operation}", key.arn, known))
    if by_own is not None or key.account_id != principal.account:
        return bool(by_own)
    named = Request(Principal(arn=principal.arn), f"kms:{operation}", context=known)
    return says(key.policy, named)


def check_own_policies(key: Key, operation: str, principal: Principal, context: Mapping[str, str]) -> None:
    """Raise AccessDenied where the policies of the principal itself keep it from using a key."""
    if not own_policies_allow(key, operation, principal, context):
        raise AccessDenied(str(principal.arn), f"kms:{operation}", key.arn)


def granted(key: Key, operation: str, caller: Caller) -> bool:
    """Tell whether a grant on the key lets the caller do this."""
    names = {caller.arn, f"arn:aws:iam::{caller.account}:root", _role_arn(caller)}
    return any(
        operation in (grant.operations or []) and grant.grantee_principal in names
        for grant in key.grants.values()
    )


def _role_arn(caller: Caller) -> str | None:
    if caller.arn is None:
        return None
    return f"arn:aws:iam::{caller.account}:role/{caller.arn.split('/')[1]}"


def check_state(key: Key, use: Use) -> None:
    """Raise where the key's state rules the use out."""
    if key.key_state == "PendingDeletion" and (use.enabled or use.not_pending):
        raise InvalidState(f"{key.arn} is pending deletion.")
    if key.key_state == "Disabled" and use.enabled:
        raise Disabled(f"{key.arn} is disabled.")
