"""The in-memory AWS: moto with the sandbox's extensions, and how to empty it."""

from __future__ import annotations

import importlib.util
from typing import Any

from moto import backends
from moto.core.base_backend import BackendDict, BaseBackend, backend_lock
from moto.core.model_instances import reset_model_data
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

EXTENSIONS = (
    "sts",
    "kms",
    "s3",
    "sqs",
    "sns",
    "secretsmanager",
    "rds",
    "rds_data",
    "application_autoscaling",
    "opensearch",
    "dms",
    "glue",
    "athena",
    "macie",
    "firehose",
    "events",
    "redshift",
    "redshift_serverless",
    "redshift_data",
)
NETWORK = "ec2"
LATE = ("cloudformation",)
"""Extensions whose loading takes long, and which therefore wait for their service's first call."""


def install() -> None:
    """Put the extensions into moto. Does nothing the second time."""
    for name in EXTENSIONS:
        if present(name):
            importlib.import_module(f"sandbox.{name}").install()


def _service(name: backends.SERVICE_NAMES) -> Any:
    """Return the application of one service, extended."""
    if name in LATE:
        importlib.import_module(f"sandbox.{name}").install()
    return create_backend_app(name)


def present(name: str) -> bool:
    """Tell whether the sandbox has an extension for a service."""
    spec = importlib.util.find_spec(f"sandbox.{name}")
    return spec is not None and spec.origin is not None


class Application(DomainDispatcherApplication):
    """moto's dispatcher to one Flask application per service, refusing services that moto does not know."""

    def __init__(self) -> None:
        install()
        super().__init__(_service)

    def get_backend_for_host(self, host: str | None) -> Any:
        """Find the service of a host name; NotImplementedError where there is none."""
        backend = super().get_backend_for_host(host)
        if host is not None and backend is None:
            raise NotImplementedError(f"there is no service behind {host}")
        return backend

    def warm_up(self, services: tuple[backends.SERVICE_NAMES, ...]) -> None:
        """Load services before their first call, which would otherwise wait for it."""
        for service in services:
            with self.lock:
                self.app_instances.setdefault(service, self.create_app(service))


def reset(*, keep_networks: bool = False) -> None:
    """Forget all resources of all accounts and Regions.

    Unlike moto's own reset it does not build every backend anew before dropping it, which takes a tenth of a
    second per Region for EC2 alone; `keep_networks` spares EC2's default networks where nobody changed them.
    """
    in_use: list[BackendDict[Any]] = vars(BackendDict)["_instances"]
    with backend_lock:
        kept = [used for used in in_use if keep_networks and used.service_name == NETWORK]
        for used in in_use:
            if used not in kept:
                _dispose(used)
                used.clear()
        in_use[:] = kept
    reset_model_data()


def _dispose(used: BackendDict[Any]) -> None:
    """Let backends that hold more than memory, such as S3's files, let go of it."""
    if used.backend.reset is not BaseBackend.reset:
        for _, _, backend in used.iter_backends():
            backend.reset()
