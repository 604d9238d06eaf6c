"""Who calls: the account and, for role sessions, the ARN behind a request's credentials.

Role credentials say so themselves: the access key id holds the account, as on AWS and as moto makes them, and
the session token names the session. So they stay valid when the state is reset or the server restarted.
Access keys that nobody issued, such as "sandbox", belong to moto's default account.
"""

from __future__ import annotations

import base64
import binascii
from contextvars import ContextVar
from dataclasses import dataclass

ISSUED_HERE = "SwitchyardSandbox"
TEMPORARY_KEY = "ASIA"
_OFFSET = 1 << 39  # the lowest number AWS encodes, "QAAAAAAA" in base 32
_ODD = "QRSTUVWXYZ234567"  # the ninth character tells odd account numbers from even ones


@dataclass(frozen=True)
class Caller:
    """The account that calls, and the ARN of its role session where known; or the AWS service that does."""

    account: str
    arn: str | None = None
    service: str | None = None


ANONYMOUS = Caller("123456789012")
current: ContextVar[Caller] = ContextVar("caller", default=ANONYMOUS)


def session_token(arn: str) -> str:
    """Make the session token that names a role session."""
    return ISSUED_HERE + base64.urlsafe_b64encode(arn.encode()).decode()


def arn_of(token: str | None) -> str | None:
    """Read the session's ARN from a token; None where the sandbox did not issue it."""
    if not token or not token.startswith(ISSUED_HERE):
        return None
    try:
        return base64.urlsafe_b64decode(token.removeprefix(ISSUED_HERE)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def account_of(access_key_id: str) -> str | None:
    """Read the account from a temporary access key id; None for any other key.

    The inverse of `generate_access_key_id_from_account_id` in moto.iam.utils.
    """
    if not access_key_id.startswith(TEMPORARY_KEY) or len(access_key_id) != 20:
        return None
    try:
        number = int.from_bytes(base64.b32decode(access_key_id[4:12]), "big") - _OFFSET
    except binascii.Error:
        return None
    account = 2 * number + (access_key_id[12] in _ODD)
    return f"{account:012d}" if 0 < account < 10**12 else None
