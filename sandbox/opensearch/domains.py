"""A domain: moto's, that takes its time to come and go, has packages, and an engine where one can run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any

from moto.opensearch.models import OpenSearchDomain

from sandbox.opensearch.associations import Association
from sandbox.runtime import runtime
from sandbox.search_nodes import domain_key
from sandbox.transitions import Process, Stage, schedule


class Domain(OpenSearchDomain):
    """A domain of one account and Region."""

    def __init__(self, account_id: str, region: str, **options: Any) -> None:
        super().__init__(account_id, region, **options)
        self.key = domain_key(account_id, region, self.domain_name)
        self.packages: dict[str, Association] = {}
        self.state = "Creating"
        self.process: Process | None = None
        self._address = self._public_address(account_id, region)
        self._show_endpoint(None)

    @property
    def ready(self) -> bool:
        """Whether it takes changes."""
        return self.state == "Active"

    def create(self) -> None:
        """Begin to come up, with an engine behind the endpoint where the data plane runs."""
        self.processing = True
        stage = Stage(runtime.durations["domain.create"], work=self._start_engine(), end=self._come_up)
        self.process = schedule(f"domain {self.domain_name}", [stage], self._isolate)

    def end(self, gone: Callable[[], None]) -> None:
        """Begin to go."""
        self._stop()
        self.delete()
        self.state = "Deleting"
        nodes = runtime.search
        work = partial(nodes.delete, self.key) if nodes is not None else None
        stage = Stage(runtime.durations["domain.delete"], work=work, end=gone)
        self.process = schedule(f"domain {self.domain_name}", [stage], self._isolate)

    def described(self) -> dict[str, Any]:
        """Return it in the shapes of DomainStatus and ElasticsearchDomainStatus, which share most names."""
        shown: dict[str, Any] = self.to_dict()
        version = shown.get("ElasticsearchVersion") or self.engine_version.options
        cluster = shown.get("ElasticsearchClusterConfig") or self.cluster_config
        return shown | {
            "DomainProcessingStatus": self.state,
            "ElasticsearchVersion": version,
            "ElasticsearchClusterConfig": cluster,
        }

    def _public_address(self, account_id: str, region: str) -> str:
        """Make the address that AWS would give: one that cannot be guessed from the name."""
        digest = hashlib.sha256(f"{account_id}/{self.domain_name}".encode()).hexdigest()[:26]
        kind = "vpc" if self.vpc_options else "search"
        return f"{kind}-{self.domain_name}-{digest}.{region}.es.amazonaws.com"

    def _show_endpoint(self, address: str | None) -> None:
        in_vpc = bool(self.vpc_options)
        self.endpoint = None if in_vpc else address
        self.endpoints = {"vpc": address} if in_vpc and address else None

    def _start_engine(self) -> Callable[[], None] | None:
        nodes = runtime.search
        instances = int(self.cluster_config["InstanceCount"])
        if nodes is None:
            return None

        def work() -> None:
            self._address = nodes.start(self.key, data_nodes=instances)

        return work

    def _come_up(self) -> None:
        self.processing, self.state = False, "Active"
        self._show_endpoint(self._address)

    def _isolate(self, _: BaseException) -> None:
        self.processing, self.state = False, "Isolated"

    def _stop(self) -> None:
        for process in [self.process, *(package.process for package in self.packages.values())]:
            if process is not None:
                process.stop()
