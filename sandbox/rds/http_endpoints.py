"""The Data API of provisioned and Serverless v2 clusters: on, off, and broken by a rename.

ModifyDBCluster turns it on for Serverless v1 alone. A cluster that was renamed after it was turned on has to
have it turned off and on again: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.rds.cluster_calls import ClusterCalls
from sandbox.rds.exceptions import InvalidResourceState, ResourceNotFound
from sandbox.rds.identifiers import parse_arn
from sandbox.runtime import runtime
from sandbox.transitions import Stage

if TYPE_CHECKING:
    from sandbox.rds.clusters import Cluster


class HttpEndpoints(ClusterCalls):
    """The part of the backend that turns the Data API on and off."""

    def change_http_endpoint(self, arn: str, *, enabled: bool) -> Cluster:
        """Turn the Data API of a cluster on or off; it takes a moment to show."""
        parts = parse_arn(arn)
        if parts is None or parts.kind != "cluster":
            raise ResourceNotFound(arn)
        cluster = self.clusters.get(parts.name)
        if cluster is None or cluster.arn != arn:
            raise ResourceNotFound(arn)
        if cluster.status != "available" or cluster.busy:
            raise InvalidResourceState(arn, self.shown_status(cluster))

        def end() -> None:
            cluster.enable_http_endpoint = enabled
            cluster.http_endpoint_stale = False

        stage = Stage(runtime.durations["http-endpoint.change"], end=end)
        self.begin(cluster, "change of the Data API", [stage], failed="available")
        return cluster
