"""Failover: which reader becomes the writer of a cluster.

The one with the best promotion tier does, tier 0 first; among equals the largest instance.
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.rds.exceptions import InvalidDBClusterStateFault, InvalidParameterValue

from sandbox.rds import dataplane, endpoints, events
from sandbox.rds.cluster_calls import ClusterCalls
from sandbox.rds.exceptions import InvalidDBInstanceState
from sandbox.runtime import runtime
from sandbox.transitions import Stage

if TYPE_CHECKING:
    from sandbox.rds.clusters import Cluster
    from sandbox.rds.instances import Instance


class Failovers(ClusterCalls):
    """The part of the backend that fails clusters over."""

    def failover_db_cluster(
        self, db_cluster_identifier: str, target_db_instance_identifier: str | None = None
    ) -> Cluster:
        """Make a reader the writer: the one named, else the first by promotion tier."""
        cluster = self.find_cluster(db_cluster_identifier)
        self.check_ready(cluster)
        chosen = self._named(cluster, target_db_instance_identifier) or first_reader(cluster)
        if chosen is None:
            raise InvalidDBClusterStateFault(
                f"Cannot failover cluster {cluster.db_cluster_identifier} as it does not have any eligible readers."
            )
        seen = cluster.as_it_was()
        events.record("RDS-EVENT-0073", cluster, "db-cluster", new=chosen.db_instance_identifier)

        former = next((one for one in cluster.instances if one.is_cluster_writer), None)

        def begin() -> None:
            cluster.status = "failing-over"
            if former is not None:
                former.status = "rebooting"
            endpoints.refresh(cluster)
            dataplane.cut(cluster)

        def end() -> None:
            if former is not None:
                former.is_cluster_writer, former.status = False, "available"
            chosen.is_cluster_writer = True
            cluster.status = "available"
            endpoints.refresh(cluster)
            events.record("RDS-EVENT-0071", cluster, "db-cluster", new=chosen.db_instance_identifier)

        total = runtime.durations["cluster.failover"]
        stages = [Stage(total / 4), Stage(total * 3 / 4, begin=begin, end=end)]
        self.begin(cluster, "failover", stages, failed="failed")
        return seen

    @staticmethod
    def _named(cluster: Cluster, name: str | None) -> Instance | None:
        if name is None:
            return None
        found = next((one for one in cluster.instances if one.db_instance_identifier == name.lower()), None)
        if found is None:
            raise InvalidParameterValue(f"Cannot find target instance: {name}")
        if found.status != "available" or found.busy:
            raise InvalidDBInstanceState(f"Instance {name} is not in available state.")
        return found


def first_reader(cluster: Cluster) -> Instance | None:
    """Return the reader that a failover would choose, or None."""
    readers = [one for one in cluster.instances if not one.is_cluster_writer and one.status == "available"]
    return min(readers, key=lambda one: one.failover_rank, default=None)
