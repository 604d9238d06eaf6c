"""Changes of clusters, and their renames.

A rename takes these steps on AWS: the status still reads available for a moment, then renaming; the old name
is unknown; the new name appears after a while (github.com/boto/boto3/issues/609 and 2613, and the waiters of
github.com/ansible-collections/amazon.aws). AWS publishes no times.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sandbox.rds import endpoints, events
from sandbox.rds.changes import LATE, begin_change, check_rotation, defer, take
from sandbox.rds.clusters import Cluster
from sandbox.rds.engine_versions import check_version
from sandbox.rds.identifiers import check_identifier
from sandbox.rds.instance_changes import InstanceChanges
from sandbox.runtime import runtime
from sandbox.transitions import Stage

CLUSTER_DEFERRED = {
    "new_db_cluster_identifier": "db_cluster_identifier",
    "engine_version": "engine_version",
    "enable_iam_database_authentication": "iam_auth",
    "storage_type": "storage",
}
"""Settings that wait for the maintenance window unless applied immediately, and their attributes."""
CLUSTER_DIRECT = {
    "db_cluster_parameter_group_name": "parameter_group",
    **{
        name: name
        for name in (
            "auto_minor_version_upgrade",
            "backtrack_window",
            "backup_retention_period",
            "copy_tags_to_snapshot",
            "database_insights_mode",
            "deletion_protection",
            "engine_lifecycle_support",
            "master_user_authentication_type",
            "monitoring_interval",
            "monitoring_role_arn",
            "network_type",
            "performance_insights_kms_key_id",
            "performance_insights_retention_period",
            "preferred_backup_window",
            "preferred_maintenance_window",
            "serverless_v2_scaling_configuration",
            "vpc_security_group_ids",
        )
    },
    "enable_local_write_forwarding": "forward_local_writes",
    "enable_performance_insights": "performance_insights_enabled",
}
CLUSTER_HANDLED = {
    "cloudwatch_logs_export_configuration",
    "manage_master_user_password",
    "master_user_password",
    "master_user_secret_kms_key_id",
    "port",
    "rotate_master_user_password",
}
"""Settings of a cluster that mean more than an attribute."""


class ClusterChanges(InstanceChanges):
    """The part of the backend that changes and renames clusters."""

    def modify_db_cluster(self, kwargs: Mapping[str, Any]) -> Cluster:
        """Change a cluster; the answer shows it as it was."""
        settings = {key: value for key, value in kwargs.items() if value is not None}
        cluster = self.find_cluster(settings.pop("db_cluster_identifier"))
        now = bool(settings.pop("apply_immediately", False))
        self._check_modification(cluster, settings, now=now)
        waiting = take(settings, CLUSTER_DEFERRED)
        new_name = (cluster.pending | waiting).get("db_cluster_identifier")
        if now and new_name:
            self.check_cluster_name_free(new_name)
        seen = cluster.as_it_was()
        due = defer(cluster, waiting, now=now)
        seen.pending = cluster.pending
        stages = self._change_stages(cluster, settings, due)
        if "db_cluster_identifier" in due:
            stages += self._rename_stages(cluster, due["db_cluster_identifier"])
        if stages:
            self.begin(cluster, "modification", stages, failed="failed")
        return seen

    def _check_modification(self, cluster: Cluster, settings: dict[str, Any], *, now: bool) -> None:
        new_name = settings.get("new_db_cluster_identifier")
        if new_name is not None:
            settings["new_db_cluster_identifier"] = check_identifier("NewDBClusterIdentifier", new_name)
            self.check_cluster_name_free(settings["new_db_cluster_identifier"])
        if "engine_version" in settings:
            check_version(cluster.engine, settings["engine_version"])
        if settings.get("rotate_master_user_password"):
            check_rotation(cluster, now=now)
        if cluster.engine_mode != "serverless":
            # AWS takes it for Serverless v1 and drops it elsewhere
            settings.pop("enable_http_endpoint", None)
        _refuse_unknown(settings)
        self.check_groups(settings)
        self.check_ready(cluster)

    def _change_stages(
        self, cluster: Cluster, settings: dict[str, Any], due: Mapping[str, Any]
    ) -> list[Stage]:
        """Return the stages of all changes but a rename; none where there is nothing to change."""
        changes = {key: value for key, value in due.items() if key != "db_cluster_identifier"}
        if not (settings or changes):
            return []
        if "port" in settings:
            endpoints.move_port(cluster, settings.pop("port"))
        return begin_change(cluster, settings, changes, direct=CLUSTER_DIRECT)

    def _rename_stages(self, cluster: Cluster, new: str) -> list[Stage]:
        old = cluster.db_cluster_identifier
        total = runtime.durations["cluster.rename"]
        self.reserved_clusters.add(new)

        def hide() -> None:
            del self.clusters[old]
            self.hidden_clusters.append(cluster)
            cluster.named = False
            cluster.db_cluster_identifier = new
            endpoints.refresh(cluster)

        def show() -> None:
            self.hidden_clusters.remove(cluster)
            self.reserved_clusters.discard(new)
            self.clusters[new] = cluster
            cluster.named = True
            cluster.http_endpoint_stale = cluster.enable_http_endpoint
            cluster.status = "available"
            endpoints.refresh(cluster)
            events.record("RDS-EVENT-0172", cluster, "db-cluster", old=old, new=new)

        return [
            Stage(total * LATE),
            Stage(total * (1 - LATE), begin=partial(setattr, cluster, "status", "renaming")),
            Stage(runtime.durations["cluster.rename.invisible"], begin=hide, end=show),
        ]


def _refuse_unknown(settings: dict[str, Any]) -> None:
    """Refuse what the sandbox would drop without a word; permissions to change something are no change."""
    for permission in ("allow_engine_mode_change", "allow_major_version_upgrade"):
        settings.pop(permission, None)
    unknown = sorted(set(settings) - set(CLUSTER_DEFERRED) - set(CLUSTER_DIRECT) - CLUSTER_HANDLED)
    if unknown:
        raise NotImplementedError(f"clusters cannot be given {', '.join(unknown)}")
