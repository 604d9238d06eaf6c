"""The settings of an S3 target endpoint.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.S3.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sandbox.dms.exceptions import InvalidParameterValue

DEFAULTS: Mapping[str, Any] = {
    "CsvRowDelimiter": "\\n",
    "CsvDelimiter": ",",
    "BucketFolder": "",
    "CompressionType": "none",
    "EncryptionMode": "sse-s3",
    "DataFormat": "csv",
    "EncodingType": "rle-dictionary",
    "DictPageSizeLimit": 1_048_576,
    "RowGroupLength": 10_000,
    "DataPageSize": 1_048_576,
    "ParquetVersion": "parquet-1-0",
    "EnableStatistics": True,
    "IncludeOpForFullLoad": False,
    "CdcInsertsOnly": False,
    "CdcInsertsAndUpdates": False,
    "TimestampColumnName": "",
    "ParquetTimestampInMillisecond": False,
    "DatePartitionEnabled": False,
    "AddColumnName": False,
    "CannedAclForObjects": "none",
    "MaxFileSize": 1_048_576,
    "UseTaskStartTimeForFullLoadTimestamp": False,
    "GlueCatalogGeneration": False,
}
UNSUPPORTED = ("DatePartitionEnabled", "GlueCatalogGeneration", "PreserveTransactions")
LISTED = {
    "CompressionType": ("none", "gzip"),
    "DataFormat": ("csv", "parquet"),
    "EncodingType": ("plain", "plain-dictionary", "rle-dictionary"),
    "EncryptionMode": ("sse-s3", "sse-kms"),
    "ParquetVersion": ("parquet-1-0", "parquet-2-0"),
}


@dataclass(frozen=True)
class S3Target:
    """Where and how a full load writes its files; `max_file_size` in KiB, page sizes in bytes."""

    bucket_name: str
    service_access_role_arn: str
    bucket_folder: str
    compression_type: str
    encryption_mode: str
    server_side_encryption_kms_key_id: str | None
    encoding_type: str
    dict_page_size_limit: int
    data_page_size: int
    row_group_length: int
    parquet_version: str
    enable_statistics: bool
    include_op_for_full_load: bool
    timestamp_column_name: str
    use_task_start_time_for_full_load_timestamp: bool
    parquet_timestamp_in_millisecond: bool
    max_file_size: int
    expected_bucket_owner: str | None

    def folder(self, schema: str, table: str) -> str:
        """Return the prefix of a table's objects."""
        parts = [self.bucket_folder.strip("/"), schema, table]
        return "/".join(part for part in parts if part) + "/"


def parse(settings: Mapping[str, Any]) -> S3Target:
    """Read complete settings."""
    values = {_snake(name): value for name, value in settings.items()}
    return S3Target(**{one.name: values.get(one.name) for one in fields(S3Target)})  # type: ignore[arg-type]


def complete(settings: Mapping[str, Any], attributes: str | None) -> dict[str, Any]:
    """Return settings with those of the extra connection attributes and the defaults.

    Raises:
        InvalidParameterValue: bucket or role are missing, or a value is none that DMS takes.
        NotImplementedError: the sandbox cannot do what is asked.
    """
    wanted = {**DEFAULTS, **from_attributes(attributes), **settings}
    for name in ("BucketName", "ServiceAccessRoleArn"):
        if not wanted.get(name):
            raise InvalidParameterValue(f"{name} must be set for an S3 endpoint")
    for name, values in LISTED.items():
        wanted[name] = str(wanted[name]).lower().replace("_", "-")
        if wanted[name] not in values:
            raise InvalidParameterValue(f"{name} is {wanted[name]}: use one of {', '.join(values)}")
    if wanted["EncryptionMode"] == "sse-kms" and not wanted.get("ServerSideEncryptionKmsKeyId"):
        raise InvalidParameterValue("EncryptionMode SSE_KMS needs a ServerSideEncryptionKmsKeyId")
    _refuse_unsupported(wanted)
    return wanted


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings after a change; they cannot go from SSE_S3 to SSE_KMS."""
    merged = complete({**before, **after}, None)
    if before["EncryptionMode"] == "sse-s3" and merged["EncryptionMode"] == "sse-kms":
        raise InvalidParameterValue(
            "EncryptionMode cannot be changed from SSE_S3 to SSE_KMS: create a new endpoint"
        )
    return merged


def from_attributes(attributes: str | None) -> dict[str, Any]:
    """Read extra connection attributes such as "dataFormat=parquet;compressionType=GZIP;"."""
    found: dict[str, Any] = {}
    for part in (attributes or "").split(";"):
        name, given, value = part.partition("=")
        if given:
            key = name.strip()
            found[key[:1].upper() + key[1:]] = _typed(value.strip())
    return found


def _typed(value: str) -> Any:
    if value.lower() in {"true", "false"}:
        return value.lower() == "true"
    return int(value) if value.isdigit() else value


def _refuse_unsupported(settings: Mapping[str, Any]) -> None:
    if settings["DataFormat"] != "parquet":
        raise NotImplementedError("S3 targets in CSV: set DataFormat to parquet")
    for name in UNSUPPORTED:
        if settings.get(name):
            raise NotImplementedError(f"S3 targets with {name}")


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
