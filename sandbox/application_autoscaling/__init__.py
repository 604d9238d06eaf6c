"""Application Auto Scaling of Aurora's readers: targets are known by the name of a cluster."""

from __future__ import annotations

from functools import cache

from sandbox.patch import put


@cache
def install() -> None:
    """Put these rules into moto's Application Auto Scaling."""
    from moto.applicationautoscaling import models as autoscaling

    from sandbox.application_autoscaling import models

    put(autoscaling.applicationautoscaling_backends, backend=models.AutoScalingBackend)
