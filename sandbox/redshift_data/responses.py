"""Answers of the Data API."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult
from moto.core.utils import get_service_model
from moto.redshiftdata.models import redshiftdata_backends
from moto.redshiftdata.responses import RedshiftDataAPIServiceResponse as MotoResponse

from sandbox import identity
from sandbox.redshift_data import catalogues, requests, results
from sandbox.redshift_data.exceptions import ActiveWaitingRequestsExceeded, ValidationException
from sandbox.redshift_data.models import RedshiftDataBackend
from sandbox.redshift_data.parts import Part
from sandbox.redshift_data.quotas import quotas
from sandbox.redshift_data.statements import Statement
from sandbox.transitions import LOCK, scheduler
from sandbox.validation import problems

Item = TypeVar("Item")
SERVICE = "redshift-data"
LARGEST = 100
LARGEST_OF_CATALOGUE = 1000
SUBMITS = {"ExecuteStatement": False, "BatchExecuteStatement": True}
"""The operations that submit statements, and whether they are a batch."""


class RedshiftDataResponse(MotoResponse):
    """One request, one at a time but for those that wait, on a state that has caught up with the clock."""

    params: Mapping[str, Any]

    def __init__(self) -> None:
        super().__init__()
        self.automated_parameter_parsing = True

    @property
    def redshiftdata_backend(self) -> RedshiftDataBackend:
        """The backend of the caller's account in the Region asked."""
        return cast(RedshiftDataBackend, redshiftdata_backends[self.current_account][self.region])

    def call_action(self) -> TYPE_RESPONSE:
        """Answer the call where its parameters fit the model, after the wait that it asks for."""
        operation = self._get_action()
        with LOCK:
            self._catch_up()
            shape = get_service_model(SERVICE).operation_model(operation).input_shape
            if found := problems(shape, self.params):
                raise ValidationException(found)
            statement = self._concerned(operation)
            question = catalogues.question(
                self.current_account, self.region, operation, self.params, self._caller
            )
        if question is not None:
            self._found = question.answer()
        if statement is not None and self.params.get("WaitTimeSeconds"):
            _wait(statement, self.params["WaitTimeSeconds"])
        with LOCK:
            self._catch_up()
            return super().call_action()

    def _catch_up(self) -> None:
        scheduler.tick()
        self.redshiftdata_backend.sweep()

    def _concerned(self, operation: str) -> Statement | None:
        """Return the statement that a call submits or waits for."""
        if operation in SUBMITS:
            request = requests.read(self.params, self._caller, batch=SUBMITS[operation])
            self._submitted = self.redshiftdata_backend.submit(request)
            return self._submitted
        if self.params.get("WaitTimeSeconds"):
            return self.redshiftdata_backend.statement(self.params["Id"], self._caller)
        return None

    @property
    def _caller(self) -> identity.Caller:
        return identity.Caller(self.current_account, identity.current.get().arn)

    # statements

    def execute_statement(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ExecuteStatement.html."""
        statement = self._submitted
        answer = {
            "Id": statement.statement_id,
            "CreatedAt": statement.created_at,
            **statement.answered(),
        }
        if self.params.get("WaitTimeSeconds"):
            answer |= {
                "Status": statement.status,
                "HasResultSet": statement.has_rows,
                "RedshiftPid": statement.pid,
            }
        return ActionResult(answer)

    def batch_execute_statement(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_BatchExecuteStatement.html."""
        return self.execute_statement()

    def describe_statement(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_DescribeStatement.html."""
        statement = self.redshiftdata_backend.statement(self.params["Id"], self._caller)
        return ActionResult(statement.described(self.params["Id"]))

    def cancel_statement(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_CancelStatement.html."""
        self.redshiftdata_backend.cancel_statement(self.params["Id"], self._caller)
        return ActionResult({"Status": True})

    def list_statements(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ListStatements.html."""
        found = self.redshiftdata_backend.listed_statements(self.params, self._caller)
        page, token = self._page(found, self.params.get("MaxResults") or LARGEST)
        return ActionResult({"Statements": page} | token)

    def list_sessions(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ListSessions.html."""
        found = self.redshiftdata_backend.listed_sessions(self.params, self._caller)
        page, token = self._page(found, self.params.get("MaxResults") or LARGEST)
        return ActionResult({"Sessions": page} | token)

    # what a database has

    def list_databases(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ListDatabases.html."""
        return self._catalogue("Databases")

    def list_schemas(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ListSchemas.html."""
        return self._catalogue("Schemas")

    def list_tables(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ListTables.html."""
        return self._catalogue("Tables")

    def describe_table(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_DescribeTable.html."""
        named = {"TableName": self.params["Table"]} if self.params.get("Table") else {}
        return self._catalogue("ColumnList", **named)

    def _catalogue(self, member: str, **more: Any) -> ActionResult:
        page, token = self._page(self._found, self.params.get("MaxResults") or LARGEST_OF_CATALOGUE)
        return ActionResult({member: page, **more} | token)

    # results

    def get_statement_result(self) -> str:  # type: ignore[override]
        """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_GetStatementResult.html."""
        part, answer = self._result(requests.JSON)
        rows, token = self._page(part.rows, quotas.page_rows)
        records = [[results.field(value) for value in row] for row in rows]
        # Moto looks each member of an answer up in the service's model: of many small ones that takes minutes.
        return json.dumps(answer | {"Records": records} | token, default=_blob)

    def get_statement_result_v2(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_GetStatementResultV2.html."""
        part, answer = self._result(requests.CSV)
        rows, token = self._page(part.rows, quotas.page_rows)
        records = [{"CSVRecords": results.lines(rows)}]
        return ActionResult(answer | {"Records": records, "ResultFormat": requests.CSV} | token)

    def _result(self, result_format: str) -> tuple[Part, dict[str, Any]]:
        part = self.redshiftdata_backend.result(self.params["Id"], self._caller, result_format)
        columns = [results.metadata(column) for column in part.columns]
        return part, {"ColumnMetadata": columns, "TotalNumRows": len(part.rows)}

    def _page(self, items: Sequence[Item], size: int) -> tuple[list[Item], dict[str, str]]:
        """Return a page of a list, and the token of the next, if there is one, as a member of the answer."""
        first = _read(self.params.get("NextToken"))
        page = list(items[first : first + size])
        more = first + size < len(items)
        return page, {"NextToken": base64.b64encode(f"row:{first + size}".encode()).decode()} if more else {}


def _blob(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _wait(statement: Statement, seconds: int) -> None:
    """Wait in real time until a statement has ended, at most so many seconds."""
    with LOCK:
        if statement.waiting >= quotas.waiting_requests:
            raise ActiveWaitingRequestsExceeded(quotas.waiting_requests)
        statement.waiting += 1
    try:
        statement.ended.wait(seconds)
    finally:
        with LOCK:
            statement.waiting -= 1


def _read(token: str | None) -> int:
    try:
        return int(base64.b64decode(token, validate=True).decode().removeprefix("row:")) if token else 0
    except (ValueError, binascii.Error) as error:
        raise ValidationException("Invalid NextToken") from error
