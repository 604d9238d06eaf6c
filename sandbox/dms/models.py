"""The backend of one account and Region: moto's instances and groups, and what the sandbox makes of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from moto.dms.models import DatabaseMigrationServiceBackend
from moto.dms.utils import random_id

from sandbox.dms import mappings, roles, task_settings
from sandbox.dms.certificates import Certificate, parse
from sandbox.dms.connections import Connection
from sandbox.dms.endpoints import Endpoint
from sandbox.dms.exceptions import InvalidResourceState, ResourceAlreadyExists, ResourceNotFound
from sandbox.dms.tasks import ReplicationTask
from sandbox.runtime import runtime
from sandbox.transitions import Stage, schedule, scheduler

if TYPE_CHECKING:
    from sandbox.dms.load import Load
    from sandbox.dms.statistics import TableStatistics


class DMSBackend(DatabaseMigrationServiceBackend):
    """Endpoints, connections, certificates and tasks of one account in one Region."""

    endpoints: dict[str, Endpoint]  # type: ignore[assignment]  # by identifier, as moto has it
    replication_tasks: dict[str, ReplicationTask]  # type: ignore[assignment]  # by ARN

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.certificates: dict[str, Certificate] = {}
        self.tests: dict[tuple[str, str], Connection] = {}

    @property
    def _url_module(self) -> Any:
        from sandbox.dms import urls

        return urls

    def reset(self) -> None:
        """Forget everything; loads end."""
        self.discard()
        super().reset()

    def discard(self) -> None:
        """End what is under way."""
        tasks = list(self.replication_tasks.values())
        for task in tasks:
            task.quit()
        held = [task.process for task in tasks] + [test.process for test in self.tests.values()]
        scheduler.forget([process for process in held if process is not None])

    # instances and their networks

    def create_replication_subnet_group(self, *arguments: Any, **named: Any) -> Any:
        """Make a subnet group, for which DMS needs its role for networks."""
        roles.require_vpc_role(self.account_id)
        return super().create_replication_subnet_group(*arguments, **named)

    def create_replication_instance(self, *arguments: Any, **named: Any) -> Any:
        """Make an instance, for which DMS needs its role for networks."""
        roles.require_vpc_role(self.account_id)
        made = super().create_replication_instance(*arguments, **named)
        made._transitions = []  # moto's come with being looked at, not with time

        def available() -> None:
            made.status = "available"

        stage = Stage(runtime.durations["replication-instance.create"], end=available)
        schedule(f"replication instance {made.id}", [stage], partial(_broken, made))
        return made

    def delete_replication_instance(self, replication_instance_arn: str) -> Any:
        """Delete an instance that no task is on."""
        if any(task.instance_arn == replication_instance_arn for task in self.replication_tasks.values()):
            raise InvalidResourceState(f"{replication_instance_arn} has one or more replication tasks")
        self._forget_tests(replication_instance_arn)
        return super().delete_replication_instance(replication_instance_arn)

    def instance(self, arn: str) -> Any:
        """Return an instance that works; ResourceNotFound where there is none, InvalidResourceState for others."""
        if arn not in self.replication_instances:
            raise ResourceNotFound(f"Replication instance could not be found: {arn}")
        found = self.replication_instances[arn]
        if found.status != "available":
            raise InvalidResourceState(f"Replication instance {found.id} is {found.status}, not available")
        return found

    # certificates

    def import_certificate(self, identifier: str, pem: str, tags: list[dict[str, str]]) -> Certificate:
        """Keep a certificate under a name that is not in use."""
        parse(pem)
        if any(known.identifier == identifier.lower() for known in self.certificates.values()):
            raise ResourceAlreadyExists(f"Certificate {identifier} already exists")
        made = Certificate(identifier.lower(), self._arn("cert", None), pem, self.account_id)
        self.certificates[made.arn] = made
        self.tagger.tag_resource(made.arn, tags)
        return made

    def delete_certificate(self, arn: str) -> Certificate:
        """Forget a certificate that no endpoint uses."""
        if arn not in self.certificates:
            raise ResourceNotFound(f"Certificate could not be found: {arn}")
        if any(endpoint.certificate_arn == arn for endpoint in self.endpoints.values()):
            raise InvalidResourceState(f"Certificate {arn} is in use by one or more endpoints")
        return self.certificates.pop(arn)

    # endpoints

    def new_endpoint(self, endpoint: Endpoint, tags: list[dict[str, str]]) -> Endpoint:
        """Take a new endpoint in, under an identifier that is not in use."""
        endpoint.prepare()
        self._check_certificate(endpoint.certificate_arn)
        self._check_free(endpoint.endpoint_identifier)
        self.endpoints[endpoint.endpoint_identifier] = endpoint
        self.tagger.tag_resource(endpoint.endpoint_arn, tags)
        return endpoint

    def endpoint(self, arn: str) -> Endpoint:
        """Return an endpoint; ResourceNotFound where there is none."""
        found = next((one for one in self.endpoints.values() if one.endpoint_arn == arn), None)
        if found is None:
            raise ResourceNotFound(f"Endpoint could not be found: {arn}")
        return found

    def modify_endpoint(self, arn: str, wanted: Mapping[str, Any]) -> Endpoint:
        """Change an endpoint while no task runs with it."""
        endpoint = self.endpoint(arn)
        if any(task.busy for task in self._tasks_with(arn)):
            raise InvalidResourceState(f"Endpoint {arn} is part of a replication task that runs")
        self._check_certificate(wanted.get("CertificateArn"))
        identifier = str(wanted.get("EndpointIdentifier") or endpoint.endpoint_identifier).lower()
        if identifier != endpoint.endpoint_identifier:
            self._check_free(identifier)
        endpoint.change({**wanted, "EndpointIdentifier": identifier})
        self.endpoints = {one.endpoint_identifier: one for one in self.endpoints.values()}
        return endpoint

    def remove_endpoint(self, arn: str) -> Endpoint:
        """Delete an endpoint that no task has."""
        endpoint = self.endpoint(arn)
        if self._tasks_with(arn):
            raise InvalidResourceState(f"Endpoint {arn} is part of one or more ReplicationTasks")
        self._forget_tests(arn)
        endpoint.status = "deleting"
        return self.endpoints.pop(endpoint.endpoint_identifier)

    def connect(self, instance_arn: str, endpoint_arn: str) -> Connection:
        """Begin to test the connection from an instance to an endpoint."""
        instance, endpoint = self.instance(instance_arn), self.endpoint(endpoint_arn)
        made = Connection(instance.arn, instance.id, endpoint.endpoint_arn, endpoint.endpoint_identifier)
        test = self.tests.setdefault((instance_arn, endpoint_arn), made)
        test.test(partial(self._try, endpoint))
        return test

    def _try(self, endpoint: Endpoint) -> None:
        """Connect to an endpoint; Unreachable where that fails."""
        from sandbox.dms import work

        work.check(endpoint, self.certificates.get(endpoint.certificate_arn or ""))

    # tasks

    def new_task(self, wanted: Mapping[str, Any]) -> ReplicationTask:
        """Begin to create a task."""
        identifier = str(wanted["ReplicationTaskIdentifier"]).lower()
        mappings.parse(wanted["TableMappings"])
        settings = task_settings.complete(wanted.get("ReplicationTaskSettings"))
        source, target = (self.endpoint(wanted[f"{side}EndpointArn"]) for side in ("Source", "Target"))
        self.instance(wanted["ReplicationInstanceArn"])
        if any(known.identifier == identifier for known in self.replication_tasks.values()):
            raise ResourceAlreadyExists(f"Replication task {identifier} already exists")
        task = ReplicationTask(
            identifier,
            self._arn("task", wanted.get("ResourceIdentifier")),
            source.endpoint_arn,
            target.endpoint_arn,
            wanted["ReplicationInstanceArn"],
            wanted["TableMappings"],
            settings,
        )
        self.replication_tasks[task.arn] = task
        self.tagger.tag_resource(task.arn, wanted.get("Tags") or [])
        task.create()
        return task

    def task(self, arn: str) -> ReplicationTask:
        """Return a task; ResourceNotFound where there is none."""
        if arn not in self.replication_tasks:
            raise ResourceNotFound(f"Replication task could not be found: {arn}")
        return self.replication_tasks[arn]

    def start_task(self, arn: str, kind: str) -> ReplicationTask:
        """Begin a run of a task whose connections were tested with success."""
        task = self.task(arn)
        for endpoint_arn in (task.source_arn, task.target_arn):
            test = self.tests.get((task.instance_arn, endpoint_arn))
            if test is None or test.status != "successful":
                raise InvalidResourceState(
                    "Test connection for replication instance and endpoint should be successful for starting the "
                    "replication task"
                )
        task.start(kind, partial(self._new_load, task))
        return task

    def modify_task(self, arn: str, wanted: Mapping[str, Any]) -> ReplicationTask:
        """Begin to change a task."""
        task = self.task(arn)
        if wanted.get("TableMappings"):
            mappings.parse(wanted["TableMappings"])
        settings = wanted.get("ReplicationTaskSettings")
        completed = task_settings.complete(settings) if settings else task.settings

        def change() -> None:
            task.mappings = wanted.get("TableMappings") or task.mappings
            task.settings = completed
            task.identifier = str(wanted.get("ReplicationTaskIdentifier") or task.identifier).lower()

        task.modify(change)
        return task

    def remove_task(self, arn: str) -> ReplicationTask:
        """Begin to delete a task."""
        task = self.task(arn)

        def gone() -> None:
            self.replication_tasks.pop(arn, None)
            self.tagger.delete_all_tags_for_resource(arn)

        task.delete(gone)
        return task

    def _new_load(
        self, task: ReplicationTask, tables: dict[str, TableStatistics], started_at: datetime
    ) -> Load:
        from sandbox.dms import work

        source, target = self.endpoint(task.source_arn), self.endpoint(task.target_arn)
        certificate = self.certificates.get(source.certificate_arn or "")
        return work.new_load(task, source, target, certificate, tables=tables, started_at=started_at)

    def _check_certificate(self, arn: str | None) -> None:
        if arn and arn not in self.certificates:
            raise ResourceNotFound(f"Certificate could not be found: {arn}")

    def _check_free(self, endpoint_identifier: str) -> None:
        if endpoint_identifier in self.endpoints:
            raise ResourceAlreadyExists(f"Endpoint {endpoint_identifier} already exists")

    def _tasks_with(self, endpoint_arn: str) -> list[ReplicationTask]:
        tasks = self.replication_tasks.values()
        return [task for task in tasks if endpoint_arn in {task.source_arn, task.target_arn}]

    def _forget_tests(self, arn: str) -> None:
        self.tests = {pair: test for pair, test in self.tests.items() if arn not in pair}

    def _arn(self, kind: str, wanted: str | None) -> str:
        return f"arn:aws:dms:{self.region_name}:{self.account_id}:{kind}:{wanted or random_id(True, 26)}"


def _broken(instance: Any, problem: BaseException) -> None:
    del problem
    instance.status = "failed"
