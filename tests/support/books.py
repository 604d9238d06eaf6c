"""The books of an account: what is there, and what it is there for. What nothing owns is an orphan, and costs money."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from switchyard.run_stamp import STAMP


@dataclass
class Books:
    """What was looked at, and what nobody owns.

    Attributes:
        seen: how much there is, by kind.
        orphans: what has no owner, by kind.
    """

    seen: dict[str, int] = field(default_factory=dict)
    orphans: dict[str, list[str]] = field(default_factory=dict)

    def account(self, kind: str, there: Iterable[str], owned: Callable[[str], bool]) -> None:
        """Enter all of a kind, each of which must be owned."""
        names = sorted(there)
        self.seen[kind] = self.seen.get(kind, 0) + len(names)
        if lost := [name for name in names if not owned(name)]:
            self.orphans.setdefault(kind, []).extend(lost)

    @property
    def lost(self) -> int:
        """How many have no owner."""
        return sum(map(len, self.orphans.values()))


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


def keys(s3: Any, bucket: str) -> list[str]:
    """Of all objects in a bucket."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [one["Key"] for page in pages for one in page.get("Contents", [])]


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
