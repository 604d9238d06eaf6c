"""Putting the extension into moto."""

from __future__ import annotations

import json
import secrets

from moto.rds import models as moto_rds

from sandbox.rds.models import SandboxRDSBackend
from sandbox.rds.quotas import quotas
from sandbox.runtime import runtime
from sandbox.transitions import scheduler

DURATIONS = {
    "instance.rename.invisible": 0.2,
    "cluster.failover": 0.8,
    "cluster-endpoint.create": 0.4,
    "cluster-endpoint.modify": 0.2,
    "cluster-endpoint.delete": 0.4,
    "http-endpoint.change": 0.2,
    "instance.rename.dns": 0.4,
    "instance.restore": 4.0,
    "instance.start": 2.0,
    "instance.stop": 1.0,
    "snapshot.copy": 3.0,
    "snapshot.create": 2.0,
    "snapshot.delete": 0.2,
}
"""Seconds per transition for a person watching, beside those in the clock's own list."""


def install() -> None:
    """Let moto make the sandbox's RDS backends from now on; does nothing the second time.

    Backends that moto has made already are dropped, so install before the first call.
    """
    backends = moto_rds.rds_backends
    if backends.backend is SandboxRDSBackend:
        return
    backends.backend = SandboxRDSBackend
    backends.clear()
    moto_rds.MasterUserSecret._generate_secret_string = _secret_string
    for name, seconds in DURATIONS.items():
        runtime.durations.declare(name, seconds)


def reset() -> None:
    """End what is under way in all accounts and Regions, remove the data, and return to AWS's quotas."""
    backends = moto_rds.rds_backends
    scheduler.forget()
    for _, _, backend in list(backends.iter_backends()):
        backend.discard()
    backends.clear()
    quotas.restore()


def _secret_string(secret: moto_rds.MasterUserSecret) -> str:
    """Make the value of a managed master secret: unlike moto's, with the resource's own user name."""
    user = secret.resource.master_username or "admin"
    return json.dumps({"username": user, "password": secrets.token_urlsafe(20)})
