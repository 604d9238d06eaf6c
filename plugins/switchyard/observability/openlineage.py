"""Hands a step's lineage to Airflow's OpenLineage provider, where one is installed and has somewhere to send it.

Without that provider nobody calls what stands here, and nothing of it is imported.
"""

from __future__ import annotations

import importlib
from typing import Any

from switchyard.observability.lineage import DataSet, Lineage

_GENERATED = "openlineage.client.generated."


class TellsLineage:
    """What makes an operator tell its lineage; the provider looks for these methods.

    Attributes:
        told: what the step has read and written so far; a step that failed tells it too.
    """

    told: Lineage | None = None

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:
        """What the provider sends with the event of the task's end; no data sets where the step tells of none."""
        del task_instance
        return operator_lineage(self.told or Lineage())


def operator_lineage(lineage: Lineage) -> Any:
    """The provider's own form of a lineage.

    Raises:
        ImportError: the provider is not installed.
    """
    extractors = importlib.import_module("airflow.providers.openlineage.extractors")
    source = lineage.inputs[0] if lineage.inputs else None
    return extractors.OperatorLineage(
        inputs=[_input(one) for one in lineage.inputs],
        outputs=[_output(one, source) for one in lineage.outputs],
    )


def _input(told: DataSet) -> Any:
    facets = {}
    if told.checks:
        quality = _generated("data_quality_assertions_dataset")
        assertions = [
            quality.Assertion(assertion=one.name, success=one.passed, column=one.column)
            for one in told.checks
        ]
        facets["dataQualityAssertions"] = quality.DataQualityAssertionsDatasetFacet(assertions=assertions)
    return _generated("base").InputDataset(
        namespace=told.namespace, name=told.name, facets=_schema(told), inputFacets=facets
    )


def _output(told: DataSet, source: DataSet | None) -> Any:
    facets = {}
    counts = {"rowCount": told.rows, "size": told.size, "fileCount": told.files}
    known = {name: count for name, count in counts.items() if count is not None}
    if known:
        statistics = _generated("output_statistics_output_dataset")
        facets["outputStatistics"] = statistics.OutputStatisticsOutputDatasetFacet(**known)
    return _generated("base").OutputDataset(
        namespace=told.namespace,
        name=told.name,
        facets=_schema(told) | (_columns(told, source) if source else {}),
        outputFacets=facets,
    )


def _schema(told: DataSet) -> dict[str, Any]:
    if not told.fields:
        return {}
    schema = _generated("schema_dataset")
    fields = [schema.SchemaDatasetFacetFields(name=one.name, type=one.type) for one in told.fields]
    return {"schema": schema.SchemaDatasetFacet(fields=fields)}


def _columns(told: DataSet, source: DataSet) -> dict[str, Any]:
    """Which column each column is a copy of, as the generator of the statement knows it."""
    copies = [one for one in told.fields if one.copied_from]
    if not copies:
        return {}
    lineage = _generated("column_lineage_dataset")
    same = lineage.Transformation(type="DIRECT", subtype="IDENTITY")
    fields = {
        one.name: lineage.Fields(
            inputFields=[
                lineage.InputField(
                    namespace=source.namespace,
                    name=source.name,
                    field=one.copied_from,
                    transformations=[same],
                )
            ]
        )
        for one in copies
    }
    return {"columnLineage": lineage.ColumnLineageDatasetFacet(fields=fields)}


def _generated(module: str) -> Any:
    return importlib.import_module(_GENERATED + module)
