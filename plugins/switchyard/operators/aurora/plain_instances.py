"""Plain RDS instances and their snapshots, as RDS names and treats them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from switchyard.aurora_recovery.manifest import Manifest, instance_contents
from switchyard.aurora_recovery.settings import STANDALONE_SETTINGS
from switchyard.aurora_recovery.states import Kind
from switchyard.aurora_recovery.swap_plan import Resource
from switchyard.operators.aurora import describe
from switchyard.operators.aurora.protected import Described, DescribedSnapshot, ProxyTargets, attribute_values
from switchyard.operators.aurora.tags import tag_list, tags_of
from switchyard.waiting.goals import INSTANCE_GOALS


class InstanceSnapshots:
    """The calls on snapshots of plain instances, see ``Snapshots``."""

    resource_type = "snapshot"
    quota = "ManualSnapshots"
    wait_kind = "db_snapshot"
    busy = "InvalidDBSnapshotState"

    def find(self, rds: Any, snapshot: str) -> DescribedSnapshot | None:
        found = describe.first(rds.describe_db_snapshots, "DBSnapshots", DBSnapshotIdentifier=snapshot)
        return _snapshot(found) if found else None

    def find_visible(self, rds: Any, arn: str) -> DescribedSnapshot | None:
        found = describe.first(
            rds.describe_db_snapshots, "DBSnapshots", DBSnapshotIdentifier=arn, IncludeShared=True
        )
        return _snapshot(found) if found else None

    def manual(self, rds: Any) -> Iterator[DescribedSnapshot]:
        return self._all(rds, SnapshotType="manual")

    def shared(self, rds: Any) -> Iterator[DescribedSnapshot]:
        return self._all(rds, SnapshotType="shared", IncludeShared=True)

    def create(self, rds: Any, snapshot: str, *, source: str, tags: Mapping[str, str]) -> None:
        rds.create_db_snapshot(
            DBInstanceIdentifier=source, DBSnapshotIdentifier=snapshot, Tags=tag_list(tags)
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
        rds.copy_db_snapshot(
            SourceDBSnapshotIdentifier=source_arn,
            TargetDBSnapshotIdentifier=snapshot,
            KmsKeyId=kms_key_id,
            CopyTags=False,
            Tags=tag_list(tags),
            **source_region,
        )

    def share(self, rds: Any, snapshot: str, account_id: str) -> None:
        rds.modify_db_snapshot_attribute(
            DBSnapshotIdentifier=snapshot, AttributeName="restore", ValuesToAdd=[account_id]
        )

    def shared_with(self, rds: Any, snapshot: str) -> set[str]:
        answer = rds.describe_db_snapshot_attributes(DBSnapshotIdentifier=snapshot)
        return attribute_values(answer["DBSnapshotAttributesResult"]["DBSnapshotAttributes"])

    def delete(self, rds: Any, snapshot: str) -> None:
        rds.delete_db_snapshot(DBSnapshotIdentifier=snapshot)

    def _all(self, rds: Any, **wanted: Any) -> Iterator[DescribedSnapshot]:
        pages = rds.get_paginator("describe_db_snapshots").paginate(**wanted)
        return (_snapshot(one) for page in pages for one in page["DBSnapshots"])


class PlainInstances:
    """The calls on plain instances, see ``Protected``."""

    kind: Kind = "instance"
    snapshots = InstanceSnapshots()
    settings = STANDALONE_SETTINGS
    goals = INSTANCE_GOALS
    wait_kind = "db_instance"
    has_surroundings = False
    proxy_targets = ProxyTargets("DBInstanceIdentifiers", "RDS_INSTANCE")

    def find(self, rds: Any, name: str) -> Described | None:
        found = describe.find_instance(rds, name)
        return _instance(found) if found else None

    def find_by_resource_id(self, rds: Any, resource_id: str) -> Described | None:
        found = next(describe.instances(rds, resource_ids=[resource_id]), None)
        return _instance(found) if found else None

    def unfit(self, described: Described) -> tuple[str, str] | None:
        if cluster_id := described.fields.get("DBClusterIdentifier"):
            return (
                f"the instance belongs to cluster {cluster_id}, and AWS snapshots the cluster alone",
                "Protect the cluster: name its engine and source.cluster_id",
            )
        if not described.fields.get("StorageEncrypted"):
            return (
                "the instance is not encrypted, and a snapshot in the clear is no recovery point",
                "Copy a snapshot of it under a customer-managed KMS key, and restore it from that copy first",
            )
        return None

    def instances(self, rds: Any, described: Described) -> list[dict[str, Any]]:
        return []

    def contents(self, rds: Any, described: Described) -> dict[str, Any]:
        return instance_contents(described.fields)

    def rooms(self, manifest: Manifest) -> dict[str, int]:
        return {"DBInstances": 1}

    def restore(self, rds: Any, name: str, *, snapshot: str, arguments: Mapping[str, Any]) -> None:
        rds.restore_db_instance_from_db_snapshot(
            **arguments, DBInstanceIdentifier=name, DBSnapshotIdentifier=snapshot
        )

    def modify(self, rds: Any, name: str, settings: Mapping[str, Any]) -> None:
        rds.modify_db_instance(DBInstanceIdentifier=name, ApplyImmediately=True, **settings)

    def start(self, rds: Any, name: str) -> None:
        rds.start_db_instance(DBInstanceIdentifier=name)

    def stop(self, rds: Any, name: str) -> None:
        rds.stop_db_instance(DBInstanceIdentifier=name)

    def delete(self, rds: Any, name: str) -> None:
        rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)

    def observe(self, rds: Any, *, resource_ids: Sequence[str], names: Sequence[str]) -> list[Resource]:
        found = describe.instances(rds, resource_ids=resource_ids, names=names)
        return list({one["DbiResourceId"]: describe.instance_resource(one, None) for one in found}.values())

    def side(self, rds: Any, described: Described) -> tuple[list[Resource], dict[str, str]]:
        itself = describe.instance_resource(described.fields, None)
        return [itself], {described.resource_id: described.arn}


def _instance(found: Mapping[str, Any]) -> Described:
    endpoint = found.get("Endpoint") or {}
    return Described(
        kind="instance",
        name=found["DBInstanceIdentifier"],
        resource_id=found["DbiResourceId"],
        arn=found["DBInstanceArn"],
        status=found["DBInstanceStatus"],
        endpoint=endpoint.get("Address"),
        port=endpoint.get("Port"),
        member_names=(),
        serves=bool(endpoint),
        tags=tags_of(found),
        fields=found,
    )


def _snapshot(found: Mapping[str, Any]) -> DescribedSnapshot:
    return DescribedSnapshot(
        name=found["DBSnapshotIdentifier"],
        arn=found["DBSnapshotArn"],
        status=found["Status"],
        type=found["SnapshotType"],
        engine=found["Engine"],
        source_name=found["DBInstanceIdentifier"],
        source_resource_id=found.get("DbiResourceId"),
        encrypted=found["Encrypted"],
        kms_key_id=found.get("KmsKeyId"),
        made=found.get("SnapshotCreateTime"),
        progress=found.get("PercentProgress", 0),
        tags=tags_of(found),
    )
