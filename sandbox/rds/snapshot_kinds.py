"""What snapshots of clusters and snapshots of plain instances are called, and where their rules differ.

Rules: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-copy-snapshot.html and
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_CopySnapshot.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from moto.rds.exceptions import (
    DBClusterSnapshotAlreadyExistsError,
    DBSnapshotAlreadyExistsError,
    InvalidDBClusterSnapshotStateFault,
    RDSClientError,
)

from sandbox.rds.exceptions import DBClusterSnapshotNotFound, DBSnapshotNotFound, InvalidDBSnapshotState

NO_EVENTS: tuple[None, None, None] = (None, None, None)


@dataclass(frozen=True)
class SnapshotKind:
    """One of the two kinds.

    Attributes:
        noun: its resource type in ARNs, and the first part of its durations' names.
        collection: where the backend keeps it.
        attribute: the attribute that holds its identifier.
        parameter: the request parameter with its identifier.
        source_parameter: the request parameter with the identifier of what it is taken of.
        source_filter: the filter by what it is taken of.
        longest: how many characters its identifier may have.
        label: what AWS's messages call it.
        encrypts: whether a copy may encrypt what was not encrypted.
        quota: the quota of manual ones.
        in_flight: the quota of copies under way into a Region.
        created: the events of the beginning and end of its creation, by snapshot type.
        copied_here: the events of beginning, end and giving up of a copy in a Region.
        copied_over: the same of a copy from another Region.
        deleted: the event of its deletion.
    """

    noun: str
    collection: str
    attribute: str
    parameter: str
    source_parameter: str
    source_filter: str
    longest: int
    label: str
    encrypts: bool
    quota: str
    in_flight: str
    not_found: Callable[[str], RDSClientError]
    taken: Callable[[str], RDSClientError]
    wrong_state: Callable[[str], RDSClientError]
    created: Mapping[str, tuple[str, str]] = field(hash=False)
    copied_here: tuple[str | None, str | None, str | None] = NO_EVENTS
    copied_over: tuple[str | None, str | None, str | None] = NO_EVENTS
    deleted: str | None = None

    @property
    def source_type(self) -> str:
        """What events call it."""
        return f"db-{self.noun}"


OF_CLUSTERS = SnapshotKind(
    noun="cluster-snapshot",
    collection="cluster_snapshots",
    attribute="db_cluster_snapshot_identifier",
    parameter="DBClusterSnapshotIdentifier",
    source_parameter="DBClusterIdentifier",
    source_filter="db-cluster-id",
    longest=63,
    label="DB cluster snapshot",
    encrypts=False,
    quota="manual_cluster_snapshots",
    in_flight="copies_in_flight",
    not_found=DBClusterSnapshotNotFound,
    taken=DBClusterSnapshotAlreadyExistsError,
    wrong_state=InvalidDBClusterSnapshotStateFault,
    created={
        "manual": ("RDS-EVENT-0074", "RDS-EVENT-0075"),
        "automated": ("RDS-EVENT-0168", "RDS-EVENT-0169"),
    },
)
OF_INSTANCES = SnapshotKind(
    noun="snapshot",
    collection="database_snapshots",
    attribute="db_snapshot_identifier",
    parameter="DBSnapshotIdentifier",
    source_parameter="DBInstanceIdentifier",
    source_filter="db-instance-id",
    longest=255,
    label="DB snapshot",
    encrypts=True,
    quota="manual_snapshots",
    in_flight="instance_copies_in_flight",
    not_found=DBSnapshotNotFound,
    taken=DBSnapshotAlreadyExistsError,
    wrong_state=InvalidDBSnapshotState,
    created={
        "manual": ("RDS-EVENT-0040", "RDS-EVENT-0042"),
        "automated": ("RDS-EVENT-0090", "RDS-EVENT-0091"),
    },
    copied_here=("RDS-EVENT-0196", "RDS-EVENT-0197", "RDS-EVENT-0190"),
    copied_over=("RDS-EVENT-0059", "RDS-EVENT-0060", "RDS-EVENT-0061"),
    deleted="RDS-EVENT-0041",
)
