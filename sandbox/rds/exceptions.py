"""RDS faults that moto lacks or words differently; the codes are those of the service model (botocore)."""

from __future__ import annotations

from collections.abc import Iterable

from moto.rds.exceptions import RDSClientError


class DBClusterAlreadyExists(RDSClientError):
    """A cluster with the wanted identifier exists in this account and Region."""

    def __init__(self) -> None:
        super().__init__("DBClusterAlreadyExistsFault", "DB Cluster already exists")


class DBClusterQuotaExceeded(RDSClientError):
    """The account has as many clusters in this Region as it may."""

    def __init__(self) -> None:
        super().__init__(
            "DBClusterQuotaExceededFault",
            "The request cannot be processed because it would exceed the maximum number of DB clusters.",
        )


class InstanceQuotaExceeded(RDSClientError):
    """The account has as many instances in this Region as it may."""

    def __init__(self) -> None:
        super().__init__(
            "InstanceQuotaExceeded",
            "The request cannot be processed because it would exceed the maximum number of DB instances.",
        )


class ManualSnapshotQuotaExceeded(RDSClientError):
    """All manual snapshots of a kind are used up; text from github.com/pbudzon/aws-maintenance/issues/12."""

    def __init__(self, limit: int) -> None:
        super().__init__("SnapshotQuotaExceeded", f"Cannot create more than {limit} manual snapshots")


class CopiesInFlightExceeded(RDSClientError):
    """Too many copies under way to one Region; text from github.com/pbudzon/aws-maintenance/issues/19."""

    def __init__(self, limit: int) -> None:
        super().__init__("SnapshotQuotaExceeded", f"Cannot copy more than {limit} snapshots across regions")


class SharedSnapshotQuotaExceeded(RDSClientError):
    """A snapshot would be shared with more accounts than AWS allows."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            "SharedSnapshotQuotaExceeded",
            f"You have exceeded the maximum number of accounts ({limit}) that you can share a manual DB "
            "snapshot with.",
        )


class DBClusterParameterGroupNotFound(RDSClientError):
    """No cluster parameter group of that name in this account and Region."""

    def __init__(self, name: str) -> None:
        super().__init__("DBClusterParameterGroupNotFound", f"DBClusterParameterGroup not found: {name}")


class DBClusterSnapshotNotFound(RDSClientError):
    """No cluster snapshot of that name or ARN that the caller may see."""

    def __init__(self, identifier: str) -> None:
        super().__init__("DBClusterSnapshotNotFoundFault", f"DBClusterSnapshot not found: {identifier}")


class DBSnapshotNotFound(RDSClientError):
    """No snapshot of that name or ARN that the caller may see; unlike moto's class, with AWS's code."""

    def __init__(self, identifier: str) -> None:
        super().__init__("DBSnapshotNotFound", f"DBSnapshot not found: {identifier}")


class InvalidDBSnapshotState(RDSClientError):
    """The snapshot's status does not allow the call."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidDBSnapshotState", message)


class InvalidDBInstanceState(RDSClientError):
    """The instance's status does not allow the call; unlike moto's class of this fault, with AWS's code."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidDBInstanceState", message)


class ResourceNotFound(RDSClientError):
    """No resource has the given ARN."""

    def __init__(self, arn: str) -> None:
        super().__init__("ResourceNotFoundFault", f"The specified resource ID was not found: {arn}")


class InvalidResourceState(RDSClientError):
    """The resource's status does not allow the call."""

    def __init__(self, arn: str, status: str) -> None:
        super().__init__(
            "InvalidResourceStateFault",
            f"The operation can't be performed because another operation is in progress: {arn} is {status}.",
        )


class SourceKeyNotAccessible(RDSClientError):
    """The caller may not read with the key of the snapshot to copy or restore.

    Text from github.com/awslabs/aurora-snapshot-tool/issues/29.
    """

    def __init__(self, key: str | None) -> None:
        super().__init__(
            "KMSKeyNotAccessibleFault",
            f"The source snapshot KMS key [{key}] does not exist, is not enabled or you do not have "
            "permissions to access it.",
        )


class ClusterNotInState(RDSClientError):
    """The cluster's status does not allow the call."""

    def __init__(self, identifier: str, status: str, expected: Iterable[str]) -> None:
        super().__init__(
            "InvalidDBClusterStateFault",
            f"DbCluster {identifier} is in {status} state but expected it to be one of {','.join(expected)}.",
        )


class CustomEndpointAlreadyExists(RDSClientError):
    """A custom endpoint of that name exists in this account and Region, whichever cluster has it."""

    def __init__(self) -> None:
        super().__init__(
            "DBClusterEndpointAlreadyExistsFault",
            "The specified custom endpoint can't be created because it already exists.",
        )


class CustomEndpointNotFound(RDSClientError):
    """No custom endpoint of that name in this account and Region."""

    def __init__(self) -> None:
        super().__init__("DBClusterEndpointNotFoundFault", "The specified custom endpoint doesn't exist.")


class CustomEndpointQuotaExceeded(RDSClientError):
    """The cluster has as many custom endpoints as it may."""

    def __init__(self) -> None:
        super().__init__(
            "DBClusterEndpointQuotaExceededFault",
            "The cluster already has the maximum number of custom endpoints.",
        )


class CustomEndpointNotInState(RDSClientError):
    """The custom endpoint's status does not allow the call."""

    def __init__(self, status: str) -> None:
        super().__init__(
            "InvalidDBClusterEndpointStateFault",
            "The requested operation can't be performed on the endpoint while the endpoint is in this state: "
            f"{status}.",
        )
