"""The books of an account: what is there, and what it is there for. What nothing owns is an orphan, and costs money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from switchyard.run_stamp import STAMP

GIGABYTE = 1024**3


@dataclass
class Books:
    """What was looked at, what nobody owns, and what is not there.

    Attributes:
        seen: how much there is, by kind.
        orphans: what has no owner, by kind.
        missing: what should be there, by kind.
        gigabytes: what is stored of orphans, of which each month's bill has its part.
    """

    seen: dict[str, int] = field(default_factory=dict)
    orphans: dict[str, list[str]] = field(default_factory=dict)
    missing: dict[str, list[str]] = field(default_factory=dict)
    gigabytes: float = 0.0

    def account(
        self, kind: str, there: Iterable[str] | Mapping[str, float], owned: Callable[[str], bool]
    ) -> None:
        """Enter all of a kind, each of which must be owned.

        Args:
            kind: what it is.
            there: the names, of what stores something with its gigabytes.
            owned: whether a name has an owner.
        """
        sizes = there if isinstance(there, Mapping) else {}
        names = sorted(there)
        self.seen[kind] = self.seen.get(kind, 0) + len(names)
        if lost := [name for name in names if not owned(name)]:
            self.orphans.setdefault(kind, []).extend(lost)
            self.gigabytes += sum(sizes.get(name, 0.0) for name in lost)

    def require(self, kind: str, wanted: Iterable[str], there: Iterable[str]) -> None:
        """Enter what must be there of a kind."""
        found = set(there)
        if gone := sorted(set(wanted) - found):
            self.missing.setdefault(kind, []).extend(gone)

    def compare(self, kind: str, wanted: Iterable[Any], there: Iterable[Any]) -> None:
        """Enter rows: each must be there as often as it is wanted, and no other."""
        right, found = _counted(wanted), _counted(there)
        self.account(kind, found, set(right).__contains__)
        self.require(kind, right, found)

    @property
    def lost(self) -> int:
        """How many have no owner, and how many are not there."""
        return sum(len(names) for found in (self.orphans, self.missing) for names in found.values())


def _counted(rows: Iterable[Any]) -> list[str]:
    """Rows as text, each with how often it has come up to there."""
    seen: Counter[str] = Counter()
    told = []
    for row in map(str, rows):
        seen[row] += 1
        told.append(f"{row} #{seen[row]}")
    return told


def of_a_run(stamps: Iterable[str]) -> Callable[[str], bool]:
    """Whether a name bears the stamp of a run that the ledger knows, and of no other."""
    known = set(stamps)

    def owned(name: str) -> bool:
        found = set(STAMP.findall(name))
        return bool(found) and found <= known

    return owned


def one_of(*names: str) -> Callable[[str], bool]:
    """Whether it is one of these."""
    return set(names).__contains__


def keys(s3: Any, bucket: str) -> dict[str, float]:
    """Of all objects in a bucket, with their gigabytes."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {one["Key"]: one["Size"] / GIGABYTE for page in pages for one in page.get("Contents", [])}


def unforgotten(s3: Any, bucket: str) -> dict[str, float]:
    """Versions that were written over or deleted, and stay for good, by key and id, with their gigabytes.

    There are none in a bucket whose rules remove them in time.
    """
    if _forgets(s3, bucket):
        return {}
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    return {
        f"{one['Key']} {one['VersionId']}": one["Size"] / GIGABYTE
        for page in pages
        for one in page.get("Versions", [])
        if not one["IsLatest"]
    }


def _forgets(s3: Any, bucket: str) -> bool:
    """Whether a rule of a bucket removes old versions in time."""
    try:
        rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration":
            raise
        return False
    return any("NoncurrentVersionExpiration" in one and one["Status"] == "Enabled" for one in rules)


def uploads(s3: Any, bucket: str) -> list[str]:
    """Keys of uploads that nobody has ended: they are stored, and paid for, unseen."""
    return [one["Key"] for one in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])]


def gaps(runs: Mapping[str, Iterable[str]], entries: Iterable[Mapping[str, Any]]) -> list[str]:
    """What is wrong with the ledger's entries of runs: missing ones, open ones, and some of nothing.

    Args:
        runs: their ids, by DAG.
        entries: the rows of ``switchyard.run``.
    """
    wanted = {(dag_id, run_id) for dag_id, ids in runs.items() for run_id in ids}
    found = {(one["dag_id"], one["run_id"]): one["state"] for one in entries}
    return [
        *(f"{dag_id} {run_id} is missing" for dag_id, run_id in sorted(wanted - found.keys())),
        *(f"{dag_id} {run_id} is of no run" for dag_id, run_id in sorted(found.keys() - wanted)),
        *(
            f"{dag_id} {run_id} is {state}"
            for (dag_id, run_id), state in sorted(found.items())
            if state != "success"
        ),
    ]
