"""Answers of DMS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult
from moto.dms.models import dms_backends
from moto.dms.responses import DatabaseMigrationServiceResponse as MotoResponse

from sandbox.dms import listing
from sandbox.dms.endpoints import new_endpoint
from sandbox.dms.exceptions import InvalidParameterValue
from sandbox.dms.models import DMSBackend
from sandbox.dms.tasks import RELOAD, RESUME, START, ReplicationTask
from sandbox.transitions import LOCK, scheduler

TASK_FILTERS: Mapping[str, listing.Reader] = {
    "replication-task-arn": lambda task: task.arn,
    "replication-task-id": lambda task: task.identifier,
    "migration-type": lambda _: "full-load",
    "endpoint-arn": lambda task: (task.source_arn, task.target_arn),
    "replication-instance-arn": lambda task: task.instance_arn,
}
TABLE_FILTERS: Mapping[str, listing.Reader] = {
    "schema-name": lambda table: table.schema,
    "table-name": lambda table: table.table,
    "table-state": lambda table: table.state,
}
ENDPOINT_FILTERS: Mapping[str, listing.Reader] = {
    "endpoint-arn": lambda endpoint: endpoint.endpoint_arn,
    "endpoint-type": lambda endpoint: endpoint.endpoint_type,
    "endpoint-id": lambda endpoint: endpoint.endpoint_identifier,
    "engine-name": lambda endpoint: endpoint.engine_name,
}
CONNECTION_FILTERS: Mapping[str, listing.Reader] = {
    "endpoint-arn": lambda test: test.endpoint_arn,
    "replication-instance-arn": lambda test: test.replication_instance_arn,
}
CERTIFICATE_FILTERS: Mapping[str, listing.Reader] = {
    "certificate-arn": lambda certificate: certificate.arn,
    "certificate-id": lambda certificate: certificate.identifier,
}
LARGEST_TABLE_PAGE = 500
START_TYPES = (START, RESUME, RELOAD)


class DMSResponse(MotoResponse):
    """One request, one at a time, on a state that has caught up with the clock."""

    params: Mapping[str, Any]

    def __init__(self) -> None:
        super().__init__()
        self.automated_parameter_parsing = True

    @property
    def dms_backend(self) -> DMSBackend:
        """The backend of the caller's account in the Region asked."""
        return cast(DMSBackend, dms_backends[self.current_account][self.region])

    def call_action(self) -> TYPE_RESPONSE:
        """Answer the call."""
        with LOCK:
            scheduler.tick()
            return super().call_action()

    # endpoints

    def create_endpoint(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateEndpoint.html."""
        made = self.dms_backend.new_endpoint(
            new_endpoint(self.params, self.current_account, self.region), self.params.get("Tags") or []
        )
        return ActionResult({"Endpoint": made.described()})

    def modify_endpoint(self) -> ActionResult:
        """https://docs.aws.amazon.com/dms/latest/APIReference/API_ModifyEndpoint.html."""
        changed = self.dms_backend.modify_endpoint(self.params["EndpointArn"], self.params)
        return ActionResult({"Endpoint": changed.described()})

    def describe_endpoints(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/dms/latest/APIReference/API_DescribeEndpoints.html."""
        known = self.dms_backend.endpoints.values()
        return self._listed("Endpoints", known, ENDPOINT_FILTERS, lambda one: one.endpoint_identifier)

    def delete_endpoint(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/dms/latest/APIReference/API_DeleteEndpoint.html."""
        removed = self.dms_backend.remove_endpoint(self.params["EndpointArn"])
        return ActionResult({"Endpoint": removed.described()})

    def test_connection(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/dms/latest/APIReference/API_TestConnection.html."""
        test = self.dms_backend.connect(self.params["ReplicationInstanceArn"], self.params["EndpointArn"])
        return ActionResult({"Connection": test.described()})

    def describe_connections(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/dms/latest/APIReference/API_DescribeConnections.html."""
        known = self.dms_backend.tests.values()
        return self._listed(
            "Connections",
            known,
            CONNECTION_FILTERS,
            lambda one: f"{one.endpoint_arn} {one.replication_instance_arn}",
        )

    # certificates

    def import_certificate(self) -> ActionResult:
        """https://docs.aws.amazon.com/dms/latest/APIReference/API_ImportCertificate.html."""
        if self.params.get("CertificateWallet"):
            raise NotImplementedError("Oracle wallets")
        made = self.dms_backend.import_certificate(
            self.params["CertificateIdentifier"],
            self.params.get("CertificatePem") or "",
            self.params.get("Tags") or [],
        )
        return ActionResult({"Certificate": made.described()})

    def describe_certificates(self) -> ActionResult:
        """https://docs.aws.amazon.com/dms/latest/APIReference/API_DescribeCertificates.html."""
        known = self.dms_backend.certificates.values()
        return self._listed("Certificates", known, CERTIFICATE_FILTERS, lambda one: one.identifier)

    def delete_certificate(self) -> ActionResult:
        """https://docs.aws.amazon.com/dms/latest/APIReference/API_DeleteCertificate.html."""
        removed = self.dms_backend.delete_certificate(self.params["CertificateArn"])
        return ActionResult({"Certificate": removed.described()})

    # tasks

    def create_replication_task(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateReplicationTask.html."""
        self._only_full_load()
        return self._task(self.dms_backend.new_task(self.params))

    def modify_replication_task(self) -> ActionResult:
        """https://docs.aws.amazon.com/dms/latest/APIReference/API_ModifyReplicationTask.html."""
        self._only_full_load()
        return self._task(self.dms_backend.modify_task(self._task_arn(), self.params))

    def start_replication_task(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/dms/latest/APIReference/API_StartReplicationTask.html."""
        kind = self.params["StartReplicationTaskType"]
        if kind not in START_TYPES:
            raise InvalidParameterValue(
                f"StartReplicationTaskType is {kind}: use one of {', '.join(START_TYPES)}"
            )
        return self._task(self.dms_backend.start_task(self._task_arn(), kind))

    def stop_replication_task(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/dms/latest/APIReference/API_StopReplicationTask.html."""
        task = self.dms_backend.task(self._task_arn())
        task.stop()
        return self._task(task)

    def delete_replication_task(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/dms/latest/APIReference/API_DeleteReplicationTask.html."""
        return self._task(self.dms_backend.remove_task(self._task_arn()))

    def describe_replication_tasks(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/dms/latest/APIReference/API_DescribeReplicationTasks.html."""
        known = self.dms_backend.replication_tasks.values()
        found = listing.select(known, self.params.get("Filters"), TASK_FILTERS)
        shown, marker = listing.page(found, self.params, lambda task: task.identifier)
        with_settings = not self.params.get("WithoutSettings")
        tasks = [task.described(with_settings=with_settings) for task in shown]
        return ActionResult({"ReplicationTasks": tasks, "Marker": marker})

    def describe_table_statistics(self) -> ActionResult:
        """https://docs.aws.amazon.com/dms/latest/APIReference/API_DescribeTableStatistics.html."""
        task = self.dms_backend.task(self._task_arn())
        found = listing.select(list(task.tables.values()), self.params.get("Filters"), TABLE_FILTERS)
        shown, marker = listing.page(found, self.params, lambda table: table.name, largest=LARGEST_TABLE_PAGE)
        tables = [table.described() for table in shown]
        return ActionResult({"ReplicationTaskArn": task.arn, "TableStatistics": tables, "Marker": marker})

    def _listed(
        self, name: str, known: Any, filters: Mapping[str, listing.Reader], order: Any
    ) -> ActionResult:
        found = listing.select(known, self.params.get("Filters"), filters)
        shown, marker = listing.page(found, self.params, order)
        return ActionResult({name: [one.described() for one in shown], "Marker": marker})

    def _task(self, task: ReplicationTask) -> ActionResult:
        return ActionResult({"ReplicationTask": task.described()})

    def _task_arn(self) -> str:
        return str(self.params["ReplicationTaskArn"])

    def _only_full_load(self) -> None:
        kind = self.params.get("MigrationType", "full-load")
        if kind != "full-load":
            raise NotImplementedError(f"replication tasks of migration type {kind}")
