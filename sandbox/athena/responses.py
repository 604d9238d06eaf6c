"""Answers of Athena."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from moto.athena.models import athena_backends
from moto.athena.responses import AthenaResponse as MotoResponse
from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import get_service_model

from sandbox import identity
from sandbox.athena import metadata, results
from sandbox.athena.models import CATALOG, AthenaBackend, Request
from sandbox.athena.workgroups import PRIMARY, invalid
from sandbox.glue.catalogue import DEFAULT
from sandbox.objects import Objects
from sandbox.transitions import LOCK, scheduler
from sandbox.validation import problems

Item = TypeVar("Item")
LARGEST = 50


class AthenaResponse(MotoResponse):
    """One request, one at a time, on a state that has caught up with the clock."""

    params: Mapping[str, Any]

    def __init__(self) -> None:
        super().__init__()
        self.automated_parameter_parsing = True

    @property
    def athena_backend(self) -> AthenaBackend:
        """The backend of the caller's account in the Region asked."""
        return cast(AthenaBackend, athena_backends[self.current_account][self.region])

    def call_action(self) -> TYPE_RESPONSE:
        """Answer the call where its parameters fit the model."""
        with LOCK:
            scheduler.tick()
            operation = get_service_model("athena").operation_model(self._get_action())
            if found := problems(operation.input_shape, self.params):
                raise invalid(found)
            return super().call_action()

    @property
    def _caller(self) -> identity.Caller:
        return identity.Caller(self.current_account, identity.current.get().arn)

    # queries

    def start_query_execution(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html."""
        context = self.params.get("QueryExecutionContext") or {}
        request = Request(
            query=self.params["QueryString"],
            caller=self._caller,
            database=(context.get("Database") or DEFAULT).lower(),
            catalog=context.get("Catalog") or CATALOG,
            workgroup=self.params.get("WorkGroup") or PRIMARY,
            result=self.params.get("ResultConfiguration"),
            parameters=tuple(self.params.get("ExecutionParameters") or ()),
            token=self.params.get("ClientRequestToken"),
        )
        return ActionResult({"QueryExecutionId": self.athena_backend.start(request).query_id})

    def get_query_execution(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryExecution.html."""
        execution = self.athena_backend.execution(self.params["QueryExecutionId"])
        return ActionResult({"QueryExecution": execution.described()})

    def batch_get_query_execution(self) -> ActionResult:
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_BatchGetQueryExecution.html."""
        known = self.athena_backend.runs
        asked = self.params["QueryExecutionIds"]
        missing = [
            {
                "QueryExecutionId": one,
                "ErrorCode": "INVALID_QUERY_EXECUTION_ID",
                "ErrorMessage": f"QueryExecution {one} was not found",
            }
            for one in asked
            if one not in known
        ]
        found = [known[one].described() for one in asked if one in known]
        return ActionResult({"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing})

    def list_query_executions(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_ListQueryExecutions.html."""
        workgroup = self.athena_backend.group(self.params.get("WorkGroup") or PRIMARY).name
        runs = [one for one in self.athena_backend.runs.values() if one.workgroup == workgroup]
        ids, token = self._page([one.query_id for one in reversed(runs)])
        return ActionResult({"QueryExecutionIds": ids} | token)

    def stop_query_execution(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_StopQueryExecution.html."""
        self.athena_backend.execution(self.params["QueryExecutionId"]).cancel()
        return EmptyResult()

    def get_query_results(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html."""
        execution = self.athena_backend.execution(self.params["QueryExecutionId"])
        objects = Objects(self.current_account, self.region, self._caller.arn)
        page = results.page(execution, objects, self.params.get("MaxResults"), self.params.get("NextToken"))
        return ActionResult(page)

    def get_query_runtime_statistics(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryRuntimeStatistics.html."""
        execution = self.athena_backend.execution(self.params["QueryExecutionId"])
        statistics = execution.described()["Statistics"]
        timeline = {name: value for name, value in statistics.items() if name.endswith("InMillis")}
        rows = {"InputBytes": execution.scanned, "OutputRows": execution.outcome.rows}
        return ActionResult({"QueryRuntimeStatistics": {"Timeline": timeline, "Rows": rows}})

    # workgroups

    def create_work_group(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateWorkGroup.html."""
        self.athena_backend.create_work_group(
            self.params["Name"],
            dict(self.params.get("Configuration") or {}),
            self.params.get("Description") or "",
            list(self.params.get("Tags") or []),
        )
        return EmptyResult()

    def get_work_group(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_GetWorkGroup.html."""
        return ActionResult({"WorkGroup": self.athena_backend.group(self.params["WorkGroup"]).described()})

    def list_work_groups(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_ListWorkGroups.html."""
        groups, token = self._page([one.summary() for one in self.athena_backend.groups.values()])
        return ActionResult({"WorkGroups": groups} | token)

    def update_work_group(self) -> ActionResult:
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_UpdateWorkGroup.html."""
        self.athena_backend.group(self.params["WorkGroup"]).update(
            self.params.get("ConfigurationUpdates") or {},
            self.params.get("Description"),
            self.params.get("State"),
        )
        return EmptyResult()

    def delete_work_group(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_DeleteWorkGroup.html."""
        recursive = bool(self.params.get("RecursiveDeleteOption"))
        self.athena_backend.delete_work_group(self.params["WorkGroup"], recursive=recursive)
        return EmptyResult()

    # prepared statements

    def create_prepared_statement(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_CreatePreparedStatement.html."""
        self.athena_backend.group(self.params["WorkGroup"])
        super().create_prepared_statement()
        return EmptyResult()

    def get_prepared_statement(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_GetPreparedStatement.html."""
        found = self.athena_backend.prepared(self.params["StatementName"], self.params["WorkGroup"])
        return ActionResult(
            {
                "PreparedStatement": {
                    "StatementName": found.statement_name,
                    "QueryStatement": found.query_statement,
                    "WorkGroupName": found.workgroup,
                    "Description": found.description or "",
                    "LastModifiedTime": found.last_modified_time,
                }
            }
        )

    # the catalogue

    def list_databases(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_ListDatabases.html."""
        self._check_catalog()
        found = [metadata.database(one) for one in self.athena_backend.catalogue.databases()]
        databases, token = self._page(found)
        return ActionResult({"DatabaseList": databases} | token)

    def get_database(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_GetDatabase.html."""
        self._check_catalog()
        name = self.params["DatabaseName"].lower()
        for one in self.athena_backend.catalogue.databases():
            if one["Name"] == name:
                return ActionResult({"Database": metadata.database(one)})
        raise metadata.missing("GetDatabase", f"Database {name} not found.")

    def list_table_metadata(self) -> ActionResult:
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_ListTableMetadata.html."""
        self._check_catalog()
        catalogue, database = self.athena_backend.catalogue, self.params["DatabaseName"].lower()
        if not catalogue.has_database(database):
            raise metadata.missing("GetTables", f"Database {database} not found.")
        pattern = self.params.get("Expression") or ".*"
        names = [one.name for one in catalogue.tables(database) if re.fullmatch(pattern, one.name)]
        described = [catalogue.described(database, name) for name in names]
        tables, token = self._page([metadata.table(one) for one in described if one is not None])
        return ActionResult({"TableMetadataList": tables} | token)

    def get_table_metadata(self) -> ActionResult:
        """https://docs.aws.amazon.com/athena/latest/APIReference/API_GetTableMetadata.html."""
        self._check_catalog()
        database, name = self.params["DatabaseName"], self.params["TableName"]
        described = self.athena_backend.catalogue.described(database, name)
        if described is None:
            raise metadata.missing("GetTable", f"Table {name} not found.")
        return ActionResult({"TableMetadata": metadata.table(described)})

    def _check_catalog(self) -> None:
        name = self.params["CatalogName"]
        if name.lower() != CATALOG.lower():
            raise NotImplementedError(f"the catalogue {name}")

    def _page(self, items: Sequence[Item]) -> tuple[list[Item], dict[str, str]]:
        """Return a page of a list, and the token of the next, if there is one, as a member of the answer."""
        size = int(self.params.get("MaxResults") or LARGEST)
        first = _read(self.params.get("NextToken"))
        page = list(items[first : first + size])
        more = first + size < len(items)
        return page, {"NextToken": base64.b64encode(str(first + size).encode()).decode()} if more else {}


def _read(token: str | None) -> int:
    try:
        return int(base64.b64decode(token, validate=True)) if token else 0
    except (ValueError, binascii.Error) as error:
        raise invalid("Invalid NextToken") from error
