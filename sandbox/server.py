"""One sandbox in this process: the AWS API on loopback and, where wanted, a data plane behind it."""

from __future__ import annotations

import importlib
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sandbox import aws, policy_log, settings
from sandbox.calls import CallLog
from sandbox.clock import Durations
from sandbox.control import Control
from sandbox.data_plane import DataPlane, ports
from sandbox.faults import Faults
from sandbox.gateway import Gateway, InternalErrors
from sandbox.listener import Listener
from sandbox.recent import RecentAnswers
from sandbox.runtime import runtime

if TYPE_CHECKING:
    from collections.abc import Iterator

WARM: tuple[Any, ...] = ("sts", "kms", "s3", "sqs", "sns", "secretsmanager", "rds", "es")
CLOCKED = (
    "redshift_data",
    "redshift",
    "redshift_serverless",
    "athena",
    "dms",
    "rds",
    "opensearch",
    "macie",
    "firehose",
)
"""The services with work under way, which must end before their resources vanish: users before what they use."""

READ_ONLY = ("ec2:Describe", "ec2:Get")


class Server:
    """A sandbox. Only one can be open per process, since moto's state is global."""

    def __init__(self, *, port: int = 0, profile: str = "interactive") -> None:
        self._profile = profile
        self._data_plane: DataPlane | None = None
        self._busy = threading.Lock()
        self.faults = Faults()
        self.calls = CallLog()
        self.errors = InternalErrors()
        self.started_at = runtime.clock.now()
        self._application = aws.Application()
        self.recent = RecentAnswers()
        gateway = Gateway(
            self._application,
            Control(self),
            faults=self.faults,
            calls=self.calls,
            errors=self.errors,
            recent=self.recent,
        )
        self._listener = Listener(gateway.answer, port)

    @property
    def url(self) -> str:
        """Where AWS clients reach it."""
        return self._listener.url

    def start(self) -> None:
        """Begin to answer."""
        runtime.faults = self.faults
        runtime.durations.use(self._profile)
        if self._data_plane:
            self._data_plane.attach()
        self._listener.start()

    def use(self, data_plane: DataPlane) -> None:
        """Put real database servers behind RDS; before the start."""
        self._data_plane = data_plane

    def warm_up(self) -> None:
        """Load the services that pipelines use, so that their first calls are quick."""
        self._application.warm_up(WARM)

    def close(self) -> None:
        """Stop answering, stop the servers of the data plane and forget everything."""
        self._listener.close()
        self.reset()
        if self._data_plane:
            self._data_plane.close()
        runtime.faults = None

    def reset(self) -> None:
        """Return to the state right after the start: no resources, faults, logged calls or changed timing.

        Role credentials issued before stay valid.
        """
        with self._busy:
            self.faults.clear()
            _end_work()
            touched = {name for name in self.calls.counts() if name.startswith("ec2:")}
            aws.reset(keep_networks=all(name.startswith(READ_ONLY) for name in touched))
            self.calls.clear()
            self.errors.clear()
            self.recent.clear()
            policy_log.forget()
            runtime.clock.reset()
            runtime.durations.use(self._profile)
            runtime.behaviour.reset()

    def seed(self, name: str) -> dict[str, Any]:
        """Build a world of resources and data; doing it again changes nothing."""
        from sandbox.seed import worlds

        with self._busy, _instant(runtime.durations):
            return worlds.seed(name, self.url)

    def status(self) -> dict[str, Any]:
        """Describe the sandbox for people and for `sandbox.client`."""
        clock, authority, router = runtime.clock, runtime.authority, runtime.router
        return {
            "endpoint_url": self.url,
            "pid": os.getpid(),
            "accounts": dict(settings.ACCOUNTS),
            "started_at": self.started_at,
            "ca_bundle": str(authority.ca_bundle) if authority else None,
            "ports": ports(router) if router else {},
            "clock": {"now": clock.now(), "manual": clock.manual, "scale": clock.scale},
            "durations": dict(runtime.durations),
            "behaviour": dict(runtime.behaviour),
            "faults": self.faults.report(),
            "calls": self.calls.counts(),
            "internal_errors": {"count": self.errors.count, "last": self.errors.last},
        }


@contextmanager
def _instant(durations: Durations) -> Iterator[None]:
    """Let transitions take no time while a world is built."""
    before, profile = dict(durations), durations.profile
    durations.use("instant")
    try:
        yield
    finally:
        durations.use(profile)
        durations.override(before)


def _end_work() -> None:
    """Let services stop the work they have under way, and the servers behind their resources."""
    for name in CLOCKED:
        if aws.present(name):
            importlib.import_module(f"sandbox.{name}").reset()
