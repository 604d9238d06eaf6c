"""Aurora clusters and their snapshots, as RDS names and treats them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from switchyard.aurora_recovery.manifest import Manifest, cluster_contents
from switchyard.aurora_recovery.settings import CLUSTER_SETTINGS
from switchyard.aurora_recovery.states import Kind
from switchyard.aurora_recovery.swap_plan import Resource
from switchyard.operators.aurora import describe
from switchyard.operators.aurora.protected import Described, DescribedSnapshot, ProxyTargets, attribute_values
from switchyard.operators.aurora.tags import tag_list, tags_of
from switchyard.waiting.goals import CLUSTER_GOALS


class ClusterSnapshots:
    """The calls on cluster snapshots, see ``Snapshots``."""

    resource_type = "cluster-snapshot"
    quota = "ManualClusterSnapshots"
    wait_kind = "db_cluster_snapshot"
    busy = "InvalidDBClusterSnapshotStateFault"

    def find(self, rds: Any, snapshot: str) -> DescribedSnapshot | None:
        found = describe.first(
            rds.describe_db_cluster_snapshots, "DBClusterSnapshots", DBClusterSnapshotIdentifier=snapshot
        )
        return _snapshot(found) if found else None

    def find_visible(self, rds: Any, arn: str) -> DescribedSnapshot | None:
        found = describe.first(
            rds.describe_db_cluster_snapshots,
            "DBClusterSnapshots",
            DBClusterSnapshotIdentifier=arn,
            IncludeShared=True,
        )
        return _snapshot(found) if found else None

    def manual(self, rds: Any) -> Iterator[DescribedSnapshot]:
        return self._all(rds, SnapshotType="manual")

    def shared(self, rds: Any) -> Iterator[DescribedSnapshot]:
        return self._all(rds, SnapshotType="shared", IncludeShared=True)

    def create(self, rds: Any, snapshot: str, *, source: str, tags: Mapping[str, str]) -> None:
        rds.create_db_cluster_snapshot(
            DBClusterIdentifier=source, DBClusterSnapshotIdentifier=snapshot, Tags=tag_list(tags)
        )

    def copy(
        self,
        rds: Any,
        snapshot: str,
        *,
        source_arn: str,
        kms_key_id: str,
        tags: Mapping[str, str],
        **source_region: str,
    ) -> None:
        rds.copy_db_cluster_snapshot(
            SourceDBClusterSnapshotIdentifier=source_arn,
            TargetDBClusterSnapshotIdentifier=snapshot,
            KmsKeyId=kms_key_id,
            CopyTags=False,
            Tags=tag_list(tags),
            **source_region,
        )

    def share(self, rds: Any, snapshot: str, account_id: str) -> None:
        rds.modify_db_cluster_snapshot_attribute(
            DBClusterSnapshotIdentifier=snapshot, AttributeName="restore", ValuesToAdd=[account_id]
        )

    def shared_with(self, rds: Any, snapshot: str) -> set[str]:
        answer = rds.describe_db_cluster_snapshot_attributes(DBClusterSnapshotIdentifier=snapshot)
        return attribute_values(answer["DBClusterSnapshotAttributesResult"]["DBClusterSnapshotAttributes"])

    def delete(self, rds: Any, snapshot: str) -> None:
        rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier=snapshot)

    def _all(self, rds: Any, **wanted: Any) -> Iterator[DescribedSnapshot]:
        pages = rds.get_paginator("describe_db_cluster_snapshots").paginate(**wanted)
        return (_snapshot(one) for page in pages for one in page["DBClusterSnapshots"])


class Clusters:
    """The calls on clusters, see ``Protected``."""

    kind: Kind = "cluster"
    snapshots = ClusterSnapshots()
    settings = CLUSTER_SETTINGS
    goals = CLUSTER_GOALS
    wait_kind = "db_cluster"
    has_surroundings = True
    proxy_targets = ProxyTargets("DBClusterIdentifiers", "TRACKED_CLUSTER")

    def find(self, rds: Any, name: str) -> Described | None:
        found = describe.find_cluster(rds, name)
        return _cluster(found) if found else None

    def find_by_resource_id(self, rds: Any, resource_id: str) -> Described | None:
        found = next(_clusters(rds, "db-cluster-resource-id", [resource_id]), None)
        return _cluster(found) if found else None

    def unfit(self, described: Described) -> tuple[str, str] | None:
        if not described.fields.get("StorageEncrypted"):
            return (
                "the cluster is not encrypted, and Aurora cannot encrypt a snapshot while copying it",
                "Restore the cluster under a customer-managed KMS key first",
            )
        if not described.member_names:
            return (
                "the cluster has no instance, so that nothing answers for its row counts",
                "Create an instance in it, or snapshot it by hand",
            )
        return None

    def instances(self, rds: Any, described: Described) -> list[dict[str, Any]]:
        members = described.fields["DBClusterMembers"]
        writers = {one["DBInstanceIdentifier"] for one in members if one["IsClusterWriter"]}
        found = (describe.find_instance(rds, name) for name in described.member_names)
        visible = [instance for instance in found if instance is not None]
        return sorted(
            visible, key=lambda one: (one["DBInstanceIdentifier"] not in writers, one["DBInstanceIdentifier"])
        )

    def contents(self, rds: Any, described: Described) -> dict[str, Any]:
        return cluster_contents(described.fields, self.instances(rds, described))

    def rooms(self, manifest: Manifest) -> dict[str, int]:
        return {"DBClusters": 1, "DBInstances": len(manifest.members)}

    def restore(self, rds: Any, name: str, *, snapshot: str, arguments: Mapping[str, Any]) -> None:
        rds.restore_db_cluster_from_snapshot(
            **arguments, DBClusterIdentifier=name, SnapshotIdentifier=snapshot
        )

    def modify(self, rds: Any, name: str, settings: Mapping[str, Any]) -> None:
        rds.modify_db_cluster(DBClusterIdentifier=name, ApplyImmediately=True, **settings)

    def start(self, rds: Any, name: str) -> None:
        rds.start_db_cluster(DBClusterIdentifier=name)

    def stop(self, rds: Any, name: str) -> None:
        rds.stop_db_cluster(DBClusterIdentifier=name)

    def delete(self, rds: Any, name: str) -> None:
        rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True)

    def observe(self, rds: Any, *, resource_ids: Sequence[str], names: Sequence[str]) -> list[Resource]:
        seen = {}
        for field, values in (("db-cluster-resource-id", resource_ids), ("db-cluster-id", names)):
            for cluster in _clusters(rds, field, values):
                seen[cluster["DbClusterResourceId"]] = _resource(_cluster(cluster))
        cluster_ids = {one.name: one.resource_id for one in seen.values()}
        for instance in describe.instances(rds, resource_ids=resource_ids, names=names):
            cluster_id = cluster_ids.get(instance.get("DBClusterIdentifier", ""))
            seen[instance["DbiResourceId"]] = describe.instance_resource(instance, cluster_id)
        return list(seen.values())

    def side(self, rds: Any, described: Described) -> tuple[list[Resource], dict[str, str]]:
        # Readers first: the writer's reboot comes last.
        instances = list(reversed(self.instances(rds, described)))
        resources = [describe.instance_resource(one, described.resource_id) for one in instances]
        arns = {one["DbiResourceId"]: one["DBInstanceArn"] for one in instances}
        return [*resources, _resource(described)], arns | {described.resource_id: described.arn}


def _clusters(rds: Any, field: str, values: Sequence[str]) -> Iterator[dict[str, Any]]:
    return describe.filtered(rds, "describe_db_clusters", "DBClusters", field, values)


def _cluster(found: Mapping[str, Any]) -> Described:
    return Described(
        kind="cluster",
        name=found["DBClusterIdentifier"],
        resource_id=found["DbClusterResourceId"],
        arn=found["DBClusterArn"],
        status=found["Status"],
        endpoint=found.get("Endpoint"),
        port=found.get("Port"),
        member_names=tuple(one["DBInstanceIdentifier"] for one in found["DBClusterMembers"]),
        serves=bool(found["DBClusterMembers"]),
        tags=tags_of(found),
        fields=found,
    )


def _resource(cluster: Described) -> Resource:
    return Resource(cluster.resource_id, "cluster", cluster.name, cluster.resource_id, cluster.status)


def _snapshot(found: Mapping[str, Any]) -> DescribedSnapshot:
    return DescribedSnapshot(
        name=found["DBClusterSnapshotIdentifier"],
        arn=found["DBClusterSnapshotArn"],
        status=found["Status"],
        type=found["SnapshotType"],
        engine=found["Engine"],
        source_name=found["DBClusterIdentifier"],
        source_resource_id=found.get("DbClusterResourceId"),
        encrypted=found["StorageEncrypted"],
        kms_key_id=found.get("KmsKeyId"),
        made=found.get("SnapshotCreateTime"),
        progress=found.get("PercentProgress", 0),
        tags=tags_of(found),
    )
