"""Look before rows leave the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from switchyard.aws import console as pages
from switchyard.operators.discovery import bucket_checks, checks, endpoint_checks
from switchyard.operators.discovery.base import DiscoveryOperator
from switchyard.operators.discovery.task import find_task
from switchyard.waiting.discovery_goals import connection_proved
from switchyard.waiting.kinds import Wait

_TESTED = "connections_tested"


class CheckDiscoveryPreconditionsOperator(DiscoveryOperator):
    """Prove that Macie can see all of the extract, that nobody else can, and that DMS reaches both of its ends.

    Connections are tested now: the result of an old test stays for as long as the connection is not tested again.

    Args:
        extract: the section ``extract`` of the configuration.
        macie: the section ``macie``.
        athena: the section ``athena``.
        replication_task_id: the task that loads.
    """

    console = (pages.REPLICATION_TASK % "replication_task_id",)
    service = "dms"
    changes_nothing = True

    def __init__(
        self,
        *,
        extract: Mapping[str, str],
        macie: Mapping[str, Any],
        athena: Mapping[str, str],
        replication_task_id: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.extract = dict(extract)
        self.macie = dict(macie)
        self.athena = dict(athena)
        self.replication_task_id = replication_task_id

    def act(self, context: Any) -> Wait | None:
        memory = context["task_state_store"]
        tested = memory.get(_TESTED)
        if tested is None:
            self._require_places()
            task = find_task(self.client(), self.replication_task_id)
            self._require_endpoints(task)
            tested = {"left": self._test(task)}
        if self.dry_run:
            return None
        while tested["left"]:
            wait = Wait("connection_test", tested["left"][0], connection_proved())
            if not self.has_met(wait):
                memory.set(_TESTED, tested)
                return wait
            tested["left"].pop(0)
            memory.set(_TESTED, tested)
        return None

    def result(self, context: Any) -> dict[str, Any]:
        return {"task_id": self.replication_task_id, "summary": "all is as it must be"}

    def _require_places(self) -> None:
        macie, s3, kms = self.client("macie2"), self.client("s3"), self.client("kms")
        checks.require_session(macie)
        if self.macie["require_results"]:
            checks.require_export(macie)
        checks.require_managed(macie, self.macie["managed_ids"])
        checks.require_allow_lists(macie, self.macie["allow_list_ids"])
        for field, bucket in self._buckets():
            bucket_checks.require_bucket(
                s3, field, bucket, account_id=self.account_id, region_name=self.region_name
            )
        arn = checks.key_arn(kms, self.extract["kms_key_id"])
        bucket_checks.require_extract(s3, self.extract["bucket"], arn)
        checks.require_key_for_macie(kms, arn, self.account_id)
        checks.require_workgroup(self.client("athena"), self.athena["workgroup"])

    def _buckets(self) -> Iterator[tuple[str, str]]:
        yield "extract.bucket", self.extract["bucket"]
        yield "evidence.bucket", self.evidence["bucket"]
        yield "evidence.register_bucket", self.evidence["register_bucket"]
        if self.macie["feed"] == "events":
            yield "macie.events_bucket", self.macie["events_bucket"]

    def _require_endpoints(self, task: Mapping[str, Any]) -> None:
        dms = self.client()
        endpoint_checks.require_full_load(task)
        arn = checks.key_arn(self.client("kms"), self.extract["kms_key_id"])
        endpoint_checks.require_target(dms, task["TargetEndpointArn"], self.extract, arn)
        endpoint_checks.require_certificate(dms, task["SourceEndpointArn"])

    def _test(self, task: Mapping[str, Any]) -> list[str]:
        instance = task["ReplicationInstanceArn"]
        endpoints = [task["SourceEndpointArn"], task["TargetEndpointArn"]]
        for endpoint in endpoints:
            self.client().test_connection(ReplicationInstanceArn=instance, EndpointArn=endpoint)
        return [f"{instance}:{endpoint}" for endpoint in endpoints]
