"""Sharing a snapshot with other accounts, and listing what is shared.

Rules: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-share-snapshot.html and
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html
"""

from __future__ import annotations

import re
from typing import Any

from moto.rds.exceptions import InvalidParameterCombination, InvalidParameterValue

from sandbox.rds import kms_rules
from sandbox.rds.exceptions import SharedSnapshotQuotaExceeded
from sandbox.rds.lookups import Lookups
from sandbox.rds.quotas import quotas
from sandbox.rds.snapshots import InstanceSnapshot, Snapshot, Taken

ACCOUNT = re.compile(r"\d{12}", re.ASCII)


class Sharing(Lookups):
    """The part of the backend that says who may read a snapshot."""

    def describe_db_cluster_snapshot_attributes(
        self, db_cluster_snapshot_identifier: str
    ) -> dict[str, list[str]]:
        """Return with whom one of the account's own cluster snapshots is shared."""
        return self.find_own_snapshot(Snapshot, db_cluster_snapshot_identifier).attributes

    def modify_db_cluster_snapshot_attribute(
        self, db_cluster_snapshot_identifier: str, *arguments: Any, **changes: Any
    ) -> dict[str, list[str]]:
        """Share a manual cluster snapshot with accounts or stop sharing it; all of it or nothing."""
        snapshot = self.find_own_snapshot(Snapshot, db_cluster_snapshot_identifier)
        return self._share(snapshot, *arguments, **changes)

    def describe_db_snapshot_attributes(self, db_snapshot_identifier: str) -> dict[str, list[str]]:
        """Return with whom one of the account's own instance snapshots is shared."""
        return self.find_own_snapshot(InstanceSnapshot, db_snapshot_identifier).attributes

    def modify_db_snapshot_attribute(
        self, db_snapshot_identifier: str, *arguments: Any, **changes: Any
    ) -> dict[str, list[str]]:
        """Share a manual instance snapshot with accounts or stop sharing it; all of it or nothing."""
        snapshot = self.find_own_snapshot(InstanceSnapshot, db_snapshot_identifier)
        return self._share(snapshot, *arguments, **changes)

    @staticmethod
    def _share(
        snapshot: Taken,
        attribute_name: str,
        values_to_add: list[str] | None = None,
        values_to_remove: list[str] | None = None,
    ) -> dict[str, list[str]]:
        added, removed = list(values_to_add or []), list(values_to_remove or [])
        if attribute_name != "restore":
            raise InvalidParameterValue(f"Invalid snapshot attribute {attribute_name}")
        if both := set(added) & set(removed):
            raise InvalidParameterCombination(
                f"A value may not appear in both the add list and remove list. {sorted(both)}"
            )
        _check_state(snapshot)
        for value in added:
            _check_value(snapshot, value)
        kept = [value for value in snapshot.attributes["restore"] if value not in removed]
        accounts = list(dict.fromkeys([*kept, *added]))
        if len(accounts) > quotas.shared_accounts:
            raise SharedSnapshotQuotaExceeded(quotas.shared_accounts)
        snapshot.attributes["restore"] = accounts
        return snapshot.attributes


def _check_state(snapshot: Taken) -> None:
    if snapshot.snapshot_type != "manual":
        raise snapshot.KIND.wrong_state("Only manual snapshots may be shared.")
    if snapshot.status != "available":
        raise snapshot.KIND.wrong_state(f"The snapshot {snapshot.resource_id} is in {snapshot.status} state.")


def _check_value(snapshot: Taken, value: str) -> None:
    if value != "all" and not ACCOUNT.fullmatch(value):
        raise InvalidParameterValue(f"Invalid account ID: {value}")
    if value == "all" and snapshot.encrypted:
        raise InvalidParameterValue("Encrypted snapshots cannot be shared publicly.")
    if snapshot.encrypted and kms_rules.is_default_key(snapshot.kms_key_id):
        raise snapshot.KIND.wrong_state(
            "Sharing snapshots encrypted with the default service key for RDS is currently not supported."
        )
