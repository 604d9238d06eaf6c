"""What OpenLineage demands of an event, by the classes of its own client, which are generated from its schemas."""

from __future__ import annotations

import inspect
import uuid
from datetime import datetime
from typing import Any

from openlineage.client.generated import (
    column_lineage_dataset,
    data_quality_assertions_dataset,
    output_statistics_output_dataset,
    schema_dataset,
)

FACETS = {
    "schema": schema_dataset.SchemaDatasetFacet,
    "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet,
    "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
    "dataQualityAssertions": data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet,
}
PARTS = {
    "schema": ("fields", schema_dataset.SchemaDatasetFacetFields),
    "dataQualityAssertions": ("assertions", data_quality_assertions_dataset.Assertion),
}
_OF_A_FACET = {"_producer", "_schemaURL", "_deleted"}


def require_valid(event: dict[str, Any]) -> None:
    """Hold an event against the rules.

    Raises:
        AssertionError: it breaks one.
    """
    assert datetime.fromisoformat(event["eventTime"]).tzinfo is not None
    assert event["eventType"] in {"START", "RUNNING", "COMPLETE", "FAIL", "ABORT", "OTHER"}
    assert event["producer"].startswith("https://")
    assert "OpenLineage.json" in event["schemaURL"]
    uuid.UUID(event["run"]["runId"])
    assert event["job"]["namespace"]
    assert event["job"]["name"]
    for data in (*event.get("inputs", ()), *event.get("outputs", ())):
        assert "://" in data["namespace"], f"namespace {data['namespace']}"
        assert data["name"]
        for kind in ("facets", "inputFacets", "outputFacets"):
            for name, facet in (data.get(kind) or {}).items():
                _require_facet(name, facet)


def _require_facet(name: str, facet: dict[str, Any]) -> None:
    assert name in FACETS, f"unknown facet {name}"
    made = FACETS[name]
    assert facet["_schemaURL"] == made._get_schema()
    assert facet["_producer"].startswith("https://")
    _require_fields(made, {key: value for key, value in facet.items() if key not in _OF_A_FACET})
    if name in PARTS:
        key, part = PARTS[name]
        for one in facet[key]:
            _require_fields(part, one)
    if name == "columnLineage":
        for column in facet["fields"].values():
            _require_fields(column_lineage_dataset.Fields, column)
            for one in column["inputFields"]:
                _require_fields(column_lineage_dataset.InputField, one)


def _require_fields(made: type, given: dict[str, Any]) -> None:
    known = inspect.signature(made).parameters
    unknown = set(given) - set(known)
    assert not unknown, f"{made.__name__}: unknown {unknown}"
    missing = {name for name, one in known.items() if one.default is one.empty} - set(given)
    assert not missing, f"{made.__name__}: missing {missing}"
