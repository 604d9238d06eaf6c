"""What to do about each AWS error: the one table that every step, wait and retry policy asks.

Codes as in the botocore service models. RDS spells them inconsistently, with and without "Fault", so that the
table holds every spelling and nothing is guessed from a name's shape. Codes in snake case are those of a search
engine, which names its errors itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.exceptions import (
    ConnectionError as AwsConnectionError,
)
from botocore.parsers import ResponseParserError


class Disposition(StrEnum):
    """What an error asks of the caller."""

    RETRY_SHORT = "retry shortly"
    RETRY_QUEUE = "wait for a free place, then retry"
    ELSEWHERE = "no capacity here: try another place"
    FATAL = "fix the cause first"
    CONFLICT = "already exists"
    ABSENT = "not found"


AwsError = ClientError | BotoCoreError

_COPY_QUEUE = "Cannot copy more than"
_CHANGE_UNDER_WAY = "change/update is in progress"
_PACKAGE_QUOTA_CALLS = frozenset({"CreatePackage", "UpdatePackage", "AssociatePackage", "AssociatePackages"})

_CODES: Mapping[Disposition, frozenset[str]] = MappingProxyType(
    {
        Disposition.RETRY_SHORT: frozenset(
            {
                "ActiveWaitingRequestsExceededException",
                "BandwidthLimitExceeded",
                "BatchExecuteStatementException",
                "ConcurrentModificationException",
                "ConcurrentUpdateException",
                "ConditionalRequestConflict",
                "DatabaseConnectionException",
                "EC2ThrottledException",
                "ExecuteStatementException",
                "ExpiredToken",
                "ExpiredTokenException",
                "InternalError",
                "InternalException",
                "InternalFailure",
                "InternalServerError",
                "InternalServerException",
                "InternalServiceError",
                "InvalidDBClusterEndpointStateFault",
                "InvalidDBClusterSnapshotStateFault",
                "InvalidDBClusterStateFault",
                "InvalidDBInstanceState",
                "InvalidDBProxyStateFault",
                "InvalidDBSnapshotState",
                "KMSInternalException",
                "KMSThrottlingFault",
                "LimitExceededException",
                "OperationAborted",
                "OperationTimeoutException",
                "PriorRequestNotComplete",
                "ProvisionedThroughputExceededException",
                "RequestExpired",
                "RequestLimitExceeded",
                "RequestThrottled",
                "RequestThrottledException",
                "RequestTimeout",
                "RequestTimeoutException",
                "ServiceUnavailable",
                "SlowDown",
                "ThrottledException",
                "Throttling",
                "ThrottlingException",
                "TooManyRequestsException",
                "TransactionInProgressException",
                "circuit_breaking_exception",
                "es_rejected_execution_exception",
                "rejected_execution_exception",
                "too_many_requests",
            }
        ),
        Disposition.RETRY_QUEUE: frozenset(
            {"ActiveSessionsExceededException", "ActiveStatementsExceededException"}
        ),
        Disposition.ELSEWHERE: frozenset(
            {
                "InsufficientDBClusterCapacityFault",
                "InsufficientDBInstanceCapacity",
                "InsufficientStorageClusterCapacity",
            }
        ),
        Disposition.CONFLICT: frozenset(
            {
                "AlreadyExistsException",
                "BucketAlreadyOwnedByYou",
                "ConflictException",
                "DBClusterAlreadyExistsFault",
                "DBClusterEndpointAlreadyExistsFault",
                "DBClusterSnapshotAlreadyExistsFault",
                "DBInstanceAlreadyExists",
                "DBProxyTargetAlreadyRegisteredFault",
                "DBSnapshotAlreadyExists",
                "EntityAlreadyExists",
                "InvalidResourceStateFault",
                "PreconditionFailed",
                "ResourceAlreadyExistsException",
                "ResourceAlreadyExistsFault",
                "ResourceExistsException",
                "resource_already_exists_exception",
            }
        ),
        Disposition.ABSENT: frozenset(
            {
                "404",
                "AWS.SimpleQueueService.NonExistentQueue",
                "DBClusterEndpointNotFoundFault",
                "DBClusterNotFoundFault",
                "DBClusterSnapshotNotFoundFault",
                "DBInstanceNotFound",
                "DBProxyNotFoundFault",
                "DBProxyTargetNotFoundFault",
                "DBSnapshotNotFound",
                "EntityNotFoundException",
                "NoSuchBucket",
                "NoSuchEntity",
                "NoSuchKey",
                "NotFound",
                "NotFoundException",
                "ObjectNotFoundException",
                "QueueDoesNotExist",
                "ResourceNotFoundException",
                "ResourceNotFoundFault",
                "aliases_not_found_exception",
                "index_not_found_exception",
                "resource_not_found_exception",
            }
        ),
    }
)

_DISPOSITIONS = {code: disposition for disposition, codes in _CODES.items() for code in codes}

_QUOTA = "Delete what nobody needs, lower the retention, or ask AWS for a higher quota"
_ACCESS = "Let the connection's role do this: compare its policy with docs/reference/iam.md"
_NETWORK = "Correct the subnet group, security groups or network type in the pipeline's configuration"
_KEY = "Name an enabled customer-managed key that this account may use, and let its key policy say so"
_PARAMETERS = "Create the parameter group, or correct its name in the configuration"
_SEARCH_ACCESS = (
    "Let the connection's role do this: compare its policy with docs/reference/iam.md; where the domain has "
    "fine-grained access control, map the role as a backend role of a security role that may do it"
)
_CAPACITY = "Choose another instance class, Availability Zone or subnet group, then clear the task"

_REMEDIES: Mapping[str, str] = MappingProxyType(
    {
        "AccessDenied": _ACCESS,
        "AccessDeniedException": _ACCESS,
        "AccessDeniedFault": _ACCESS,
        "AuthFailure": "Correct the credentials of the connection",
        "DBClusterEndpointQuotaExceededFault": "Delete custom endpoints of the cluster: it has five at most",
        "DBClusterParameterGroupNotFound": _PARAMETERS,
        "DBClusterQuotaExceededFault": _QUOTA,
        "DBParameterGroupNotFound": _PARAMETERS,
        "DBSubnetGroupDoesNotCoverEnoughAZs": _NETWORK,
        "ConflictException": "Look in the console for the change that is under way, then clear the task",
        "DBSubnetGroupNotFoundFault": "Create the subnet group, or correct its name in the configuration",
        "DisabledOperationException": "Let the domain end its change, or turn on what the message names",
        "InstanceQuotaExceeded": _QUOTA,
        "InsufficientDBClusterCapacityFault": _CAPACITY,
        "InsufficientDBInstanceCapacity": _CAPACITY,
        "InsufficientStorageClusterCapacity": _CAPACITY,
        "InvalidClientTokenId": "Correct the credentials of the connection",
        "InvalidSubnet": _NETWORK,
        "InvalidVPCNetworkStateFault": _NETWORK,
        "KMSAccessDeniedFault": _KEY,
        "KMSKeyNotAccessibleFault": _KEY,
        "NetworkTypeNotSupported": _NETWORK,
        "ResourceQuotaExceededFault": _QUOTA,
        "ServiceQuotaExceededException": _QUOTA,
        "SharedSnapshotQuotaExceeded": "Stop sharing older snapshots with other accounts",
        "SignatureDoesNotMatch": "Correct the credentials of the connection",
        "SnapshotQuotaExceeded": _QUOTA,
        "StorageQuotaExceeded": _QUOTA,
        "UnauthorizedOperation": _ACCESS,
        "UnrecognizedClientException": "Correct the credentials of the connection",
        "cluster_block_exception": "Look why the index or domain is blocked (often a full disk), and lift it",
        "security_exception": _SEARCH_ACCESS,
    }
)

_BY_DISPOSITION: Mapping[Disposition, str] = MappingProxyType(
    {
        Disposition.RETRY_SHORT: "Clear the task when AWS answers again: it picks up where it is",
        Disposition.RETRY_QUEUE: "Clear the task when the others have ended: it picks up where it is",
        Disposition.ELSEWHERE: _CAPACITY,
        Disposition.FATAL: "Correct what the message names, then clear the task: it picks up where it is",
        Disposition.CONFLICT: "Look whose it is; delete it or give the run another name, then clear the task",
        Disposition.ABSENT: "Look whether it was deleted or is in another account or Region",
    }
)

_TRANSPORT = (AwsConnectionError, HTTPClientError, IncompleteReadError, ResponseParserError)


def error_code(error: AwsError) -> str:
    """The AWS error code, or the class name of an error that never reached AWS."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return type(error).__name__


def disposition(error: AwsError) -> Disposition:
    """Look up what an error asks of the caller.

    An answer of 500 or above and a broken connection are worth another try. A code nobody put into the
    table is not: with 4xx AWS says that the same request will fail again.
    """
    if not isinstance(error, ClientError):
        return Disposition.RETRY_SHORT if isinstance(error, _TRANSPORT) else Disposition.FATAL
    if ambiguous := _by_circumstance(error):
        return ambiguous
    if known := _DISPOSITIONS.get(error_code(error)):
        return known
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return Disposition.RETRY_SHORT if status >= 500 else Disposition.FATAL


def _by_circumstance(error: ClientError) -> Disposition | None:
    """What a code asks that stands for several errors, which its message or its operation tells apart."""
    code, message = error_code(error), str(error.response.get("Error", {}).get("Message"))
    if code == "SnapshotQuotaExceeded" and _COPY_QUEUE in message:
        # Else it stands for a hundred snapshots, which no waiting cures; here for five copies in flight.
        return Disposition.RETRY_QUEUE
    if code == "ValidationException" and _CHANGE_UNDER_WAY in message:
        return Disposition.RETRY_QUEUE
    if code == "LimitExceededException" and error.operation_name in _PACKAGE_QUOTA_CALLS:
        # Elsewhere AWS limits a rate by it; on packages it is the number of packages, which stays.
        return Disposition.FATAL
    return None


def remedy(error: AwsError) -> str:
    """Tell a person what to do about an error."""
    kind = disposition(error)
    if kind is Disposition.RETRY_QUEUE:
        return _BY_DISPOSITION[kind]
    if kind is Disposition.FATAL and error_code(error) == "LimitExceededException":
        return _QUOTA
    return _REMEDIES.get(error_code(error), _BY_DISPOSITION[kind])
