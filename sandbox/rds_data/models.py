"""moto's Data API for clusters that have it on and were not renamed since."""

from __future__ import annotations

from typing import Any

from moto.rds.models import rds_backends
from moto.rdsdata.models import QueryResults, RDSDataServiceBackend

from sandbox.rds.identifiers import parse_arn
from sandbox.rds_data.exceptions import BadRequest
from sandbox.transitions import LOCK, scheduler

_SEE = (
    "Please refer to https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.html"
    "#data-api.troubleshooting"
)


class DataApiBackend(RDSDataServiceBackend):
    """The Data API of one account and Region."""

    def execute_statement(self, resource_arn: str, sql: str) -> QueryResults:
        """Answer with the results that were ordered from moto; BadRequestException where a cluster would not."""
        with LOCK:
            scheduler.tick()
            self._check(resource_arn)
        return super().execute_statement(resource_arn, sql)

    def _check(self, arn: str) -> None:
        parts = parse_arn(arn)
        backend: Any = rds_backends[self.account_id][self.region_name]
        cluster = backend.clusters.get(parts.name) if parts is not None and parts.kind == "cluster" else None
        if cluster is None or cluster.arn != arn:
            raise BadRequest(f"Database cluster is not found for {arn}")
        if not cluster.enable_http_endpoint or cluster.http_endpoint_stale:
            raise BadRequest(f"HttpEndpoint is not enabled for resource {arn}. {_SEE}")
        if not any(instance.serving for instance in cluster.instances):
            raise BadRequest(f"Database cluster {arn} is not available")
