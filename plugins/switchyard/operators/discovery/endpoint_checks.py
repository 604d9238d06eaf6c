"""What the pipeline's DMS task and its endpoints must be set to, so that the extract is what later steps expect."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from switchyard.errors import BadInput, CheckFailed

SOON = timedelta(days=14)
"""How long a certificate must hold still."""

_REMEDY = "Correct the task's target endpoint: deploy/cloudformation has its settings"


def require_target(dms: Any, arn: str, extract: Mapping[str, str], key_arn: str) -> None:
    """Refuse a target that writes elsewhere, in another form, under another key, or lists rows in a catalogue."""
    endpoint = _endpoint(dms, arn)
    settings = endpoint.get("S3Settings") or {}
    key = settings.get("ServerSideEncryptionKmsKeyId")
    problems = {
        f"it is of engine {endpoint['EngineName']}": endpoint["EngineName"] != "s3",
        f"its bucket is {settings.get('BucketName')}": settings.get("BucketName") != extract["bucket"],
        f"its folder is {settings.get('BucketFolder')}": (settings.get("BucketFolder") or "").strip("/")
        != extract["folder"].strip("/"),
        f"it writes {settings.get('DataFormat', 'csv')}": settings.get("DataFormat") != "parquet",
        f"its encryption is {settings.get('EncryptionMode', 'sse-s3')}": settings.get("EncryptionMode")
        != "sse-kms",
        f"its key is {key}": key is None or not (key == key_arn or key_arn.endswith(f"/{key}")),
        "it writes timestamps in microseconds": not settings.get("ParquetTimestampInMillisecond"),
        "it adds the column Op": bool(settings.get("IncludeOpForFullLoad")),
        "it lists the rows' files in the Glue catalogue": bool(settings.get("GlueCatalogGeneration")),
    }
    for problem, holds in problems.items():
        if holds:
            raise BadInput("load.replication_task_id", endpoint["EndpointIdentifier"], problem, _REMEDY)


def require_full_load(task: Mapping[str, Any]) -> None:
    """Refuse a task that goes on with changes after its load: it would never end."""
    if task["MigrationType"] != "full-load":
        raise BadInput(
            "load.replication_task_id",
            task["ReplicationTaskIdentifier"],
            f"its migration type is {task['MigrationType']}",
            "Use a task of type full-load: deploy/cloudformation has one",
        )


def require_certificate(dms: Any, arn: str) -> None:
    """Refuse a source whose certificate has expired or soon will; sources without one pass."""
    endpoint = _endpoint(dms, arn)
    certificate = endpoint.get("CertificateArn")
    if not certificate:
        return
    chosen = [{"Name": "certificate-arn", "Values": [certificate]}]
    [found] = dms.describe_certificates(Filters=chosen)["Certificates"]
    ends = found.get("ValidToDate")
    if ends is not None and ends < datetime.now(UTC) + SOON:
        raise CheckFailed(
            f"certificate of endpoint {endpoint['EndpointIdentifier']}",
            f"it is valid until {ends:%Y-%m-%d}",
            "Import Amazon's current certificate bundle into DMS, and give it to the endpoint",
        )


def _endpoint(dms: Any, arn: str) -> Mapping[str, Any]:
    chosen = [{"Name": "endpoint-arn", "Values": [arn]}]
    [endpoint] = dms.describe_endpoints(Filters=chosen)["Endpoints"]
    found: Mapping[str, Any] = endpoint
    return found
