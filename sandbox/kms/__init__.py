"""KMS across accounts: keys by ARN, key policies and grants that count, and key states."""

from __future__ import annotations

from functools import cache

from sandbox.patch import put


@cache
def install() -> None:
    """Put these rules into moto's KMS."""
    from moto.kms import models as kms

    from sandbox.kms import models

    put(kms.kms_backends, backend=models.KmsBackend)
