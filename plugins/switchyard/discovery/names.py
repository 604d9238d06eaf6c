"""What a run is called in AWS, and where it keeps what: all of it follows from the stamp of the run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from switchyard.errors import BadInput
from switchyard.run_stamp import STAMP_LENGTH, is_stamp

Origin = Literal["finding", "result"]
"""Where a record of Macie comes from: its findings, or the discovery results, which are complete."""

_MINUTE = len("YYMMDDHHMM")


def client_token(pipeline: str, stamp: str, purpose: str) -> str:
    """The token that makes a repeated request of a run the same request: 64 hex digits.

    Athena takes 32 to 128 characters, Macie any text (botocore).
    """
    return hashlib.sha256(f"{pipeline}|{stamp}|{purpose}".encode()).hexdigest()


def job_prefix(pipeline: str, stamp: str) -> str:
    """What the names of a run's Macie jobs begin with; jobs cannot be deleted, so they tell their run for good."""
    return f"switchyard-{pipeline.replace('/', '-')}-{stamp}-"


def job_name(pipeline: str, stamp: str, loaded_from: str) -> str:
    """The name of the Macie job over one load of a run; a run that loads again has another job."""
    return job_prefix(pipeline, stamp) + hashlib.sha256(loaded_from.encode()).hexdigest()[:8]


def run_date(stamp: str) -> str:
    """The UTC day of a run as ``YYYY-MM-DD``, a partition of the register.

    Raises:
        BadInput: the text is no stamp.
    """
    if not is_stamp(stamp):
        raise BadInput(
            "stamp", stamp, f"it is no stamp of {STAMP_LENGTH} characters", "Pass the stamp of the run"
        )
    return f"{datetime.strptime(f'20{stamp[:_MINUTE]}+0000', '%Y%m%d%H%M%z'):%Y-%m-%d}"


@dataclass(frozen=True)
class Store:
    """The keys of a run's evidence; nothing there holds a value of the source.

    Folders are those of all pipelines, as their tables in Athena are; the stamp tells the runs apart.

    Attributes:
        stamp: the run.
        prefix: folder of findings, results and notes, with its slash.
        register_prefix: folder of the register, in a bucket of its own.
    """

    stamp: str
    prefix: str = "findings/"
    register_prefix: str = "register/"

    def document(self, name: str) -> str:
        """The key of a document that one step leaves for a later one."""
        return f"{self.prefix}runs/run_id={self.stamp}/{name}.json"

    def holding(self, replication_task_id: str) -> str:
        """The key of what says which run has the extract that a task fills: one for all runs."""
        return f"{self.prefix}extracts/{replication_task_id}.json"

    def raw(self, origin: Origin) -> str:
        """The folder of Macie's records as they came."""
        return f"{self.prefix}macie/origin={origin}/run_id={self.stamp}/"

    def raw_part(self, origin: Origin, number: int) -> str:
        """The key of one file of records, counted from 1; a repeated step writes the same keys."""
        return f"{self.raw(origin)}part-{number:05d}.jsonl"

    def lines(self, table: str) -> str:
        """The key of the run's lines of a small table, such as coverage."""
        return f"{self.prefix}{table}/run_id={self.stamp}/{table}.jsonl"

    @property
    def register(self) -> str:
        """The folder of the run's partition of the register."""
        return f"{self.register_prefix}run_date={run_date(self.stamp)}/run_id={self.stamp}/"


def table_folder(folder: str, schema: str, table: str) -> str:
    """The folder in which DMS puts the files of a table: BucketFolder/schema/table/, whatever the names hold."""
    return f"{folder}{schema}/{table}/"
