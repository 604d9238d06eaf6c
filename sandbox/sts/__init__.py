"""Role sessions that survive a reset of the state and a restart of the server."""

from __future__ import annotations

from functools import cache

from sandbox.patch import put


@cache
def install() -> None:
    """Make moto issue credentials that name their session, and read the account back from them."""
    from moto.iam import models as iam
    from moto.sts import models as sts

    from sandbox.sts import models

    put(iam, get_account_id_from=models.account_from(iam.get_account_id_from))
    put(sts, AssumedRole=models.AssumedRole)
    put(sts.sts_backends, backend=models.STSBackend)
