"""What the steps of a discovery share: whose run it is, and the notes that one leaves for the next.

Notes lie in the bucket of the findings. They hold names, counts and hashes; they may be longer than what Airflow
should keep between tasks, and survive a lost database of Airflow.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, TypedDict

from botocore.exceptions import ClientError

from switchyard.aws.error_table import Disposition, disposition
from switchyard.discovery.names import Store
from switchyard.errors import StepFailed
from switchyard.ledger.connection import DEFAULT_CONN_ID, from_airflow
from switchyard.ledger.writer import Ledger
from switchyard.operators.base import AwsOperator


class Run(TypedDict):
    """What names a run in the ledger."""

    dag_id: str
    run_id: str


class DiscoveryOperator(AwsOperator):
    """A step of a discovery.

    Args:
        pipeline: the pipeline instance, for the ledger, names and tokens.
        stamp: the run.
        evidence: the section ``evidence`` of the configuration.
    """

    service: ClassVar[str] = "s3"
    template_fields = (*AwsOperator.template_fields, "stamp")

    def __init__(
        self,
        *,
        pipeline: str,
        stamp: str,
        evidence: Mapping[str, str],
        ledger_conn_id: str = DEFAULT_CONN_ID,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.pipeline = pipeline
        self.stamp = stamp
        self.evidence = dict(evidence)
        self.ledger_conn_id = ledger_conn_id

    @property
    def store(self) -> Store:
        """The keys of the run."""
        return Store(self.stamp, self.evidence["prefix"], self.evidence["register_prefix"])

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger; what it must keep of a discovery is evidence."""
        return from_airflow(self.ledger_conn_id)

    def run_of(self, context: Any) -> Run:
        """What names the run in the ledger."""
        return Run(dag_id=context["dag_run"].dag_id, run_id=context["dag_run"].run_id)

    def keep(self, key: str, content: bytes) -> None:
        """Put an object into the bucket of the findings; the same content may be put again."""
        self.client("s3").put_object(
            Bucket=self.evidence["bucket"], Key=key, Body=content, ExpectedBucketOwner=self.account_id
        )

    def leave(self, name: str, content: Mapping[str, Any]) -> None:
        """Leave a note for later steps."""
        self.keep(self.store.document(name), json.dumps(content, ensure_ascii=False).encode())

    def find(self, name: str) -> dict[str, Any] | None:
        """The note of that name, None where there is none."""
        try:
            answer = self.client("s3").get_object(
                Bucket=self.evidence["bucket"],
                Key=self.store.document(name),
                ExpectedBucketOwner=self.account_id,
            )
        except ClientError as error:
            if disposition(error) is Disposition.ABSENT:
                return None
            raise
        note: dict[str, Any] = json.loads(answer["Body"].read())
        return note

    def read(self, name: str) -> dict[str, Any]:
        """The note of that name.

        Raises:
            StepFailed: an earlier step has not left it.
        """
        note = self.find(name)
        if note is None:
            raise StepFailed(
                self.task_id,
                f"s3://{self.evidence['bucket']}/{self.store.document(name)} is not there",
                "Clear the run from the step on that writes it",
            )
        return note
