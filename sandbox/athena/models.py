"""Athena of one account in one Region: workgroups and query executions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from moto.athena.models import AthenaBackend as MotoAthenaBackend

from sandbox.athena import reading
from sandbox.athena.context import Context
from sandbox.athena.executions import Execution
from sandbox.athena.statements import Refusal, Statement, Unknown
from sandbox.athena.workgroups import ENGINE, PRIMARY, WorkGroup, check_location, invalid
from sandbox.errors import Refused
from sandbox.glue.catalogue import DEFAULT, GlueCatalogue
from sandbox.identity import Caller
from sandbox.objects import NoSuchBucket, Objects
from sandbox.policy import Principal
from sandbox.sql.errors import SqlError, Unparsable
from sandbox.sql.scans import split_location
from sandbox.transitions import now

CATALOG = "AwsDataCatalog"
PREPARED = re.compile(r"\s*EXECUTE\s+(\w+)(?:\s+USING\s+(.*?))?\s*;?\s*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Request:
    """What StartQueryExecution is asked, and by whom: another session may repeat a request with its token."""

    query: str
    caller: Caller = field(compare=False)
    database: str = DEFAULT
    catalog: str = CATALOG
    workgroup: str = PRIMARY
    result: Mapping[str, Any] | None = None
    parameters: tuple[str, ...] = ()
    token: str | None = None


class AthenaBackend(MotoAthenaBackend):
    """moto's Athena, but for workgroups and queries, which are the sandbox's."""

    def __init__(self, region_name: str, account_id: str) -> None:
        self.groups: dict[str, WorkGroup] = {}
        self.runs: dict[str, Execution] = {}
        self.tokens: dict[str, tuple[Request, Execution]] = {}
        super().__init__(region_name, account_id)

    @property
    def _url_module(self) -> Any:
        from sandbox.athena import urls

        return urls

    @property
    def catalogue(self) -> GlueCatalogue:
        """The databases and tables of the account in the Region."""
        return GlueCatalogue(self.account_id, self.region_name)

    def reset(self) -> None:
        """Forget everything; queries end."""
        self.discard()
        super().reset()

    def discard(self) -> None:
        """End the queries that are under way."""
        for execution in self.runs.values():
            execution.halt()

    # workgroups

    def create_work_group(  # type: ignore[override]
        self, name: str, configuration: dict[str, Any], description: str, tags: list[dict[str, str]]
    ) -> WorkGroup:
        """Add a workgroup; InvalidRequestException for a name in use."""
        if name in self.groups:
            raise invalid("WorkGroup is already created")
        group = WorkGroup(name, description or "", dict(configuration or {}))
        self.groups[name] = group
        super().create_work_group(name, group.configuration, description, tags)
        return group

    def group(self, name: str) -> WorkGroup:
        """Return a workgroup; InvalidRequestException where there is none of the name."""
        if name not in self.groups:
            raise invalid(f"WorkGroup {name} is not found.")
        return self.groups[name]

    def delete_work_group(self, name: str, *, recursive: bool = False) -> None:
        """Delete a workgroup; one in use only with all that is in it."""
        group = self.group(name)
        if name == PRIMARY:
            raise invalid("The primary workgroup cannot be deleted")
        inside = [one for one in self.runs.values() if one.workgroup == group.name]
        named = [one for one in self.named_queries.values() if one.workgroup.name == name]
        if (inside or named) and not recursive:
            raise invalid(f"WorkGroup {name} is not empty")
        for one in inside:
            one.halt()
            del self.runs[one.query_id]
        del self.groups[name]
        super().delete_work_group(name)

    # queries

    def start(self, request: Request) -> Execution:
        """Begin a query, or return the one that was begun with the same token.

        Raises InvalidRequestException for what Athena refuses before it looks at any table.
        """
        if request.token in self.tokens:
            first, execution = self.tokens[request.token or ""]
            if first != request:
                raise invalid("Idempotent parameters do not match")
            return execution
        group = self.group(request.workgroup)
        if group.state != "ENABLED":
            raise invalid(f"WorkGroup {group.name} is disabled.")
        settings = group.result_configuration(request.result or {})
        results = self._results(settings, request.caller)
        text = self._text(request, group)
        execution = Execution(
            query_id=str(uuid4()),
            query=request.query,
            text=text,
            statement=self._statement(text),
            database=request.database,
            catalog=request.catalog,
            workgroup=group.name,
            results=results,
            settings=settings,
            new_context=lambda run, scratch: self._context(
                run, scratch, request.caller, enforced=group.enforced
            ),
            engine_version=ENGINE,
            account=self.account_id,
            region=self.region_name,
            parameters=list(request.parameters) or None,
            limit=group.limit,
        )
        self.runs[execution.query_id] = execution
        if request.token:
            self.tokens[request.token] = (request, execution)
        execution.start()
        return execution

    def _results(self, settings: Mapping[str, Any], caller: Caller) -> str:
        """Return the location below which results go."""
        location = settings.get("OutputLocation")
        if not location:
            raise invalid(
                "No output location provided. An output location is required either through the Workgroup result "
                "configuration setting or as an API input."
            )
        check_location(location)
        if (settings.get("EncryptionConfiguration") or {}).get("EncryptionOption") == "CSE_KMS":
            raise NotImplementedError("results encrypted by the client")
        bucket, _ = split_location(location)
        owner = settings.get("ExpectedBucketOwner")
        try:
            actual = Objects(self.account_id, self.region_name, caller.arn).owner(bucket)
        except NoSuchBucket as error:
            raise invalid(f"Unable to verify/create output bucket {bucket}") from error
        if owner and owner != actual:
            raise invalid(f"Unable to verify/create output bucket {bucket}")
        return str(location).rstrip("/") + "/"

    def _text(self, request: Request, group: WorkGroup) -> str:
        """Return the statement to be run, with its parameters in it."""
        text, values = request.query, list(request.parameters)
        if found := PREPARED.fullmatch(text):
            prepared = self.prepared(found[1], group.name)
            text = str(prepared.query_statement)
            values = values or [one.strip() for one in (found[2] or "").split(",") if one.strip()]
        if not values and "?" not in text:
            return text
        try:
            return reading.with_parameters(text, values)
        except ValueError as error:
            raise invalid(str(error)) from error

    def prepared(self, name: str, workgroup: str) -> Any:
        """Return a prepared statement; ResourceNotFoundException where the workgroup has none of the name."""
        found = self.prepared_statements.get(name)
        if found is None or str(found.workgroup) != workgroup:
            message = f"PreparedStatement {name} was not found in workGroup {workgroup}"
            raise Refused("ResourceNotFoundException", message)
        return found

    @staticmethod
    def _statement(text: str) -> Statement:
        try:
            return reading.read(text)
        except (Unparsable, Unknown) as error:
            raise invalid(str(error)) from error
        except SqlError as error:
            return Refusal(error.name, error.message)

    def _context(self, execution: Execution, scratch: Path, caller: Caller, *, enforced: bool) -> Context:
        encryption = execution.settings.get("EncryptionConfiguration") or {}
        kinds = {"SSE_S3": "AES256", "SSE_KMS": "aws:kms"}
        moment: datetime = now()
        return Context(
            query_id=execution.query_id,
            catalogue=GlueCatalogue(self.account_id, self.region_name, Principal(caller.account, caller.arn)),
            objects=Objects(self.account_id, self.region_name, caller.arn),
            database=execution.database,
            results=execution.results,
            sse=kinds.get(encryption.get("EncryptionOption", "")),
            kms_key=encryption.get("KmsKey"),
            now=moment,
            scratch=scratch,
            enforced=enforced,
        )

    def execution(self, query_id: str) -> Execution:
        """Return a query; InvalidRequestException where there is none."""
        if query_id not in self.runs:
            raise invalid(f"QueryExecution {query_id} was not found")
        return self.runs[query_id]
