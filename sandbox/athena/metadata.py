"""Databases and tables as Athena's API describes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.errors import Refused

CATALOG = "AwsDataCatalog"


def missing(operation: str, what: str) -> Refused:
    """Return the error for a database or table that Glue does not have."""
    service = "Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException"
    return Refused(
        "MetadataException",
        f"An error occurred (EntityNotFoundException) when calling the {operation} operation: {what} ({service})",
    )


def database(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return a database that Glue describes in the shape of Database."""
    return {
        "Name": described["Name"],
        "Description": described.get("Description") or "",
        "Parameters": described.get("Parameters") or {},
    }


def table(described: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table that Glue describes in the shape of TableMetadata."""
    descriptor = described.get("StorageDescriptor") or {}
    serde = descriptor.get("SerdeInfo") or {}
    parameters = dict(described.get("Parameters") or {})
    shown = {
        "inputformat": descriptor.get("InputFormat"),
        "location": descriptor.get("Location"),
        "outputformat": descriptor.get("OutputFormat"),
        "serde.serialization.lib": serde.get("SerializationLibrary"),
    }
    parameters |= {name: value for name, value in shown.items() if value}
    parameters |= {f"serde.param.{name}": value for name, value in (serde.get("Parameters") or {}).items()}
    return {
        "Name": described["Name"],
        "CreateTime": described.get("CreateTime"),
        "LastAccessTime": described.get("LastAccessTime"),
        "TableType": described.get("TableType"),
        "Columns": [_column(one) for one in descriptor.get("Columns") or []],
        "PartitionKeys": [_column(one) for one in described.get("PartitionKeys") or []],
        "Parameters": parameters,
    }


def _column(described: Mapping[str, Any]) -> dict[str, Any]:
    return {name: described[name] for name in ("Name", "Type", "Comment") if described.get(name)}
