"""Answers of Redshift Serverless."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.core.utils import get_service_model

from sandbox import identity
from sandbox.identity import Caller
from sandbox.redshift import users
from sandbox.redshift.responses import LONGEST, SHORTEST
from sandbox.redshift_serverless.exceptions import ValidationException
from sandbox.redshift_serverless.models import (
    SERVICE,
    RedshiftServerlessBackend,
    redshift_serverless_backends,
)
from sandbox.transitions import LOCK, now, scheduler
from sandbox.validation import problems

LARGEST = 100


class RedshiftServerlessResponse(BaseResponse):
    """One request, one at a time, on a state that has caught up with the clock."""

    params: Mapping[str, Any]

    def __init__(self) -> None:
        super().__init__(service_name=SERVICE)
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> RedshiftServerlessBackend:
        """The backend of the caller's account in the Region asked."""
        return redshift_serverless_backends[self.current_account][self.region]

    def call_action(self) -> TYPE_RESPONSE:
        """Answer the call where its parameters fit the model."""
        with LOCK:
            scheduler.tick()
            operation = get_service_model(SERVICE).operation_model(self._get_action())
            if found := problems(operation.input_shape, self.params):
                raise ValidationException(found)
            return super().call_action()

    # namespaces

    def create_namespace(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_CreateNamespace.html."""
        return ActionResult({"namespace": self.backend.create_namespace(self.params).described()})

    def get_namespace(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_GetNamespace.html."""
        return ActionResult({"namespace": self.backend.namespace(self.params["namespaceName"]).described()})

    def list_namespaces(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_ListNamespaces.html."""
        return self._page("namespaces", [one.described() for one in self.backend.namespaces.values()])

    def update_namespace(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_UpdateNamespace.html."""
        namespace = self.backend.namespace(self.params["namespaceName"])
        namespace.change(self.params)
        return ActionResult({"namespace": namespace.described()})

    def delete_namespace(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_DeleteNamespace.html."""
        if self.params.get("finalSnapshotName"):
            raise NotImplementedError("snapshots of namespaces")
        namespace = self.backend.delete_namespace(self.params["namespaceName"])
        return ActionResult({"namespace": namespace.described()})

    # workgroups

    def create_workgroup(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_CreateWorkgroup.html."""
        return ActionResult({"workgroup": self.backend.create_workgroup(self.params).described()})

    def get_workgroup(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_GetWorkgroup.html."""
        return ActionResult({"workgroup": self.backend.workgroup(self.params["workgroupName"]).described()})

    def list_workgroups(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_ListWorkgroups.html."""
        return self._page("workgroups", [one.described() for one in self.backend.workgroups.values()])

    def update_workgroup(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_UpdateWorkgroup.html."""
        workgroup = self.backend.workgroup(self.params["workgroupName"])
        workgroup.change(self.params)
        return ActionResult({"workgroup": workgroup.described()})

    def delete_workgroup(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_DeleteWorkgroup.html."""
        workgroup = self.backend.delete_workgroup(self.params["workgroupName"])
        return ActionResult({"workgroup": workgroup.described()})

    def get_credentials(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_GetCredentials.html."""
        seconds = self.params.get("durationSeconds") or SHORTEST
        if not SHORTEST <= seconds <= LONGEST:
            raise ValidationException(f"durationSeconds must be between {SHORTEST} and {LONGEST}.")
        if not self.params.get("workgroupName"):
            raise ValidationException("Either workgroupName or customDomainName is required.")
        self.backend.workgroup(self.params["workgroupName"])
        return ActionResult(
            {
                "dbUser": users.of(Caller(self.current_account, identity.current.get().arn)),
                "dbPassword": secrets.token_urlsafe(24),
                "expiration": now() + timedelta(seconds=seconds),
                "nextRefreshTime": now() + timedelta(seconds=seconds / 2),
            }
        )

    # tags

    def tag_resource(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_TagResource.html."""
        self.backend.add_tags(self.params["resourceArn"], self.params["tags"])
        return EmptyResult()

    def untag_resource(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_UntagResource.html."""
        tags = self.backend.tags(self.params["resourceArn"])
        for name in self.params["tagKeys"]:
            tags.pop(name, None)
        return EmptyResult()

    def list_tags_for_resource(self) -> ActionResult:
        """https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_ListTagsForResource.html."""
        tags = self.backend.tags(self.params["resourceArn"])
        return ActionResult({"tags": [{"key": name, "value": value} for name, value in tags.items()]})

    def _page(self, member: str, items: Sequence[Mapping[str, Any]]) -> ActionResult:
        """Answer with a page of a list, and the token of the next one, if there is one."""
        size = int(self.params.get("maxResults") or LARGEST)
        first = _read(self.params.get("nextToken"))
        answer: dict[str, Any] = {member: list(items[first : first + size])}
        if first + size < len(items):
            answer["nextToken"] = base64.b64encode(str(first + size).encode()).decode()
        return ActionResult(answer)


def _read(token: str | None) -> int:
    try:
        return int(base64.b64decode(token, validate=True)) if token else 0
    except (ValueError, binascii.Error) as error:
        raise ValidationException("The pagination token is not valid.") from error
