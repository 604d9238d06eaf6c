"""Redshift of one account in one Region."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast

from moto.redshift.exceptions import (
    ClusterAlreadyExistsFaultError,
    ClusterNotFoundError,
    InvalidParameterCombinationError,
    InvalidParameterValueError,
)
from moto.redshift.models import RedshiftBackend as MotoBackend

from sandbox.redshift.clusters import AVAILABLE, Cluster

WELL_FORMED = re.compile(r"[a-z](?:-?[a-z0-9])*", re.ASCII)
"""Source: https://docs.aws.amazon.com/redshift/latest/APIReference/API_CreateCluster.html"""


class RedshiftBackend(MotoBackend):
    """moto's Redshift, whose clusters take their time to change and have databases."""

    def reset(self) -> None:
        """Forget everything."""
        self.discard()
        super().reset()

    def discard(self) -> None:
        """End what is under way, and drop the data of all clusters."""
        for cluster in self.clusters.values():
            cast(Cluster, cluster).discard()

    def cluster(self, identifier: str) -> Cluster:
        """Return a cluster; ClusterNotFound where there is none of the name."""
        if identifier not in self.clusters:
            raise ClusterNotFoundError(identifier)
        return cast(Cluster, self.clusters[identifier])

    def create_cluster(self, **cluster_kwargs: Any) -> Cluster:
        """Add a cluster, which begins to come up."""
        _check_identifier(cluster_kwargs["cluster_identifier"])
        cluster = cast(Cluster, super().create_cluster(**cluster_kwargs))
        cluster.create()
        return cluster

    def restore_from_cluster_snapshot(self, **kwargs: Any) -> Cluster:
        """Refuse: snapshots of the sandbox's Redshift hold no data."""
        raise NotImplementedError("snapshots of Redshift hold no data")

    def modify_cluster(self, **cluster_kwargs: Any) -> Cluster:
        """Change settings or the name of an available cluster; the data stays."""
        wanted = cluster_kwargs.pop("new_cluster_identifier", None)
        cluster = self.cluster(cluster_kwargs["cluster_identifier"])
        cluster.require(AVAILABLE)
        if wanted:
            self._rename(cluster, wanted)
            cluster_kwargs["cluster_identifier"] = wanted
        super().modify_cluster(**cluster_kwargs)
        cluster.modify()
        return cluster

    def _rename(self, cluster: Cluster, wanted: str) -> None:
        _check_identifier(wanted)
        if wanted in self.clusters:
            raise ClusterAlreadyExistsFaultError
        del self.clusters[cluster.cluster_identifier]
        cluster.cluster_identifier = wanted
        self.clusters[wanted] = cluster

    def delete_cluster(self, **cluster_kwargs: Any) -> Cluster:
        """Begin to delete a cluster; its identifier is free when it has gone."""
        cluster = self.cluster(cluster_kwargs["cluster_identifier"])
        if cluster.status == "deleting":
            cluster.require(AVAILABLE)
        final = cluster_kwargs["final_cluster_snapshot_identifier"]
        if not cluster_kwargs["skip_final_snapshot"] and final is None:
            raise InvalidParameterCombinationError(
                "FinalClusterSnapshotIdentifier is required unless SkipFinalClusterSnapshot is specified."
            )
        if final is not None:
            self.create_cluster_snapshot(cluster.cluster_identifier, final, cluster.region, cluster.tags)
        cluster.end(gone=lambda: self._forget(cluster))
        return cluster

    def _forget(self, cluster: Cluster) -> None:
        self.delete_automated_snapshots(cluster.cluster_identifier)
        self.clusters.pop(cluster.cluster_identifier)

    def modify_cluster_iam_roles(
        self, identifier: str, added: Sequence[str], removed: Sequence[str], default: str | None
    ) -> Cluster:
        """Begin to attach and detach roles."""
        cluster = self.cluster(identifier)
        cluster.change_roles(added, removed)
        if default is not None:
            if default and default not in cluster.role_states:
                raise InvalidParameterValueError(
                    f"The IAM role {default} is not associated with the cluster."
                )
            cluster.default_iam_role_arn = default or None
        return cluster


def _check_identifier(identifier: str) -> None:
    if len(identifier) > 63 or not WELL_FORMED.fullmatch(identifier):
        raise InvalidParameterValueError(
            f"The parameter ClusterIdentifier is not a valid identifier: {identifier}. Identifiers must begin with a "
            "letter; must contain only lowercase ASCII letters, digits, and hyphens; and must not end with a "
            "hyphen or contain two consecutive hyphens."
        )
