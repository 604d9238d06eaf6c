"""S3 across accounts: bucket policies and the keys that objects are encrypted with count."""

from __future__ import annotations

from functools import cache

from sandbox.patch import put


@cache
def install() -> None:
    """Put these rules into moto's S3."""
    from moto.s3 import models as s3

    from sandbox import identity_policies
    from sandbox.s3 import keys, models

    identity_policies.declare()

    put(s3.s3_backends, backend=models.S3Backend)
    put(s3.FakeBucket, get_permission=models.get_permission)
    put(s3.FakeKey, value=keys.value)
