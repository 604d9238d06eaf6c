"""The Data API: which clusters answer; what they answer is moto's."""

from __future__ import annotations

from functools import cache

from sandbox.patch import put


@cache
def install() -> None:
    """Put these rules into moto's Data API."""
    from moto.rdsdata import models as rdsdata

    from sandbox.rds_data import models

    put(rdsdata.rdsdata_backends, backend=models.DataApiBackend)
