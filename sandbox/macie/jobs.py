"""A classification job over time.

Source: https://docs.aws.amazon.com/macie/latest/APIReference/jobs-jobid.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.macie.exceptions import ConflictException, ValidationException
from sandbox.macie.orders import Progress
from sandbox.runtime import runtime
from sandbox.transitions import Process, Stage, now, schedule

if TYPE_CHECKING:
    from sandbox.macie.run import Run

RUNNING, USER_PAUSED, CANCELLED, COMPLETE, PAUSED = (
    "RUNNING",
    "USER_PAUSED",
    "CANCELLED",
    "COMPLETE",
    "PAUSED",
)
STATUSES = (RUNNING, PAUSED, CANCELLED, COMPLETE, "IDLE", USER_PAUSED)
KEPT_PAUSED = timedelta(days=30)
TOLD = (
    "allowListIds",
    "clientToken",
    "customDataIdentifierIds",
    "description",
    "jobType",
    "managedDataIdentifierIds",
    "managedDataIdentifierSelector",
    "name",
    "s3JobDefinition",
    "samplingPercentage",
)


@dataclass
class ClassificationJob:
    """A one-time job: `wanted` is the request that made it, `new_run` makes a run of what is left."""

    job_id: str
    arn: str
    wanted: Mapping[str, Any]
    tags: dict[str, str]
    new_run: Callable[[Progress], Run]
    status: str = RUNNING
    created_at: datetime = field(default_factory=now)
    paused_at: datetime | None = None
    progress: Progress = field(default_factory=Progress)
    forced_error: bool = False
    process: Process | None = None
    run: Run | None = None

    @property
    def name(self) -> str:
        """The name, which need not be unique."""
        return str(self.wanted["name"])

    def start(self) -> None:
        """Begin, or go on with what is left."""
        self.status, self.paused_at = RUNNING, None
        self.run = self.new_run(self.progress)
        stage = Stage(runtime.durations["classification-job.run"], work=self.run.work, end=self._finish)
        self.process = schedule(f"classification job {self.job_id}", [stage], self._broke)

    def change(self, status: str) -> None:
        """Pause, go on or cancel as asked; ConflictException where its status does not let it."""
        if status not in {CANCELLED, RUNNING, USER_PAUSED}:
            raise ValidationException(f"jobStatus can't be changed to {status}")
        allowed = {
            CANCELLED: {"IDLE", PAUSED, RUNNING, USER_PAUSED},
            RUNNING: {USER_PAUSED},
            USER_PAUSED: {"IDLE", PAUSED, RUNNING},
        }
        if self.status not in allowed[status]:
            raise ConflictException(f"The status of the job can't be changed from {self.status} to {status}")
        if status == RUNNING:
            self.start()
        else:
            self.force(status)

    def force(self, status: str, *, error: bool = False) -> None:
        """Take on a status and end what is under way."""
        self.quit()
        self.status = status
        self.forced_error = error
        self.paused_at = now() if status == USER_PAUSED else None

    def quit(self) -> None:
        """End what is under way, without waiting for it."""
        if self.run is not None:
            self.run.halt()
        if self.process is not None:
            self.process.stop()

    def listed(self) -> dict[str, Any]:
        """Return what ListClassificationJobs tells."""
        failed = self.forced_error or self.progress.failed
        shown: dict[str, Any] = {
            "jobId": self.job_id,
            "jobStatus": self.status,
            "jobType": self.wanted["jobType"],
            "name": self.name,
            "createdAt": self.created_at,
            "lastRunErrorStatus": {"code": "ERROR" if failed else "NONE"},
            "bucketDefinitions": self.wanted["s3JobDefinition"].get("bucketDefinitions"),
        }
        if self.paused_at is not None:
            shown["userPausedDetails"] = {
                "jobPausedAt": self.paused_at,
                "jobExpiresAt": self.paused_at + KEPT_PAUSED,
            }
        return shown

    def described(self) -> dict[str, Any]:
        """Return what DescribeClassificationJob tells."""
        shown = {name: self.wanted[name] for name in TOLD if self.wanted.get(name) is not None}
        shown |= {name: value for name, value in self.listed().items() if name != "bucketDefinitions"}
        return shown | {
            "jobArn": self.arn,
            "lastRunTime": self.created_at,
            "initialRun": False,
            "statistics": {
                "approximateNumberOfObjectsToProcess": float(self.progress.left),
                "numberOfRuns": 1.0,
            },
            "tags": self.tags,
        }

    def _finish(self) -> None:
        self.status = COMPLETE

    def _broke(self, problem: BaseException) -> None:
        del problem
        self.force(COMPLETE, error=True)
