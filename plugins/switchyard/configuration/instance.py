"""What every pipeline's configuration has: name, owner, what no other instance may claim, the SQL that it runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import ClassVar

from pydantic import Field, PrivateAttr

from switchyard.configuration import types as t
from switchyard.configuration.notices import Notice


@dataclass(frozen=True)
class Claim:
    """Something in AWS that one instance alone may change.

    Attributes:
        field: The field that names it.
        value: What stands there.
        key: What is claimed, the same text for whoever claims the same.
        deed: What the instance does with it, before "by" and whoever else does so.
        remedy: What to do about it.
        dags: Names of the DAGs that change it, without the instance's; none means all of the instance.
    """

    field: str
    value: str
    key: str
    deed: str
    remedy: str
    dags: tuple[str, ...] = ()


@dataclass(frozen=True)
class SqlFile:
    """A file that an instance runs: the field that names it, its path there, the folder below include/sql."""

    field: str
    value: str
    home: PurePosixPath


class Instance(t.Section):
    """One instance of a pipeline."""

    folder: ClassVar[str]
    """Name of the pipeline, and of the folder with the files of its instances."""

    name: t.PipelineName = Field(description="Name of the pipeline instance, that of the file without .yaml.")
    description: t.Text = Field(description="What this is for, for people who read the board.")
    owner: t.Text = Field(description="Who is called when a run fails.")
    tags: tuple[t.Tag, ...] = Field((), description="Airflow tags beside those of the pipeline.")
    notify: tuple[Notice, ...] = Field((), description="Notifiers that Airflow calls at the end of a run.")
    _contests: list[tuple[Claim, str]] = PrivateAttr(default_factory=list)

    @property
    def pipeline(self) -> str:
        """How tags, messages and the ledger name this instance."""
        return f"{self.folder}/{self.name}"

    def claims(self) -> Iterator[Claim]:
        """Give what no other instance may claim."""
        yield from ()

    def contest(self, claim: Claim, error: str) -> None:
        """Note that another instance has the same claim, and the error that says so."""
        self._contests.append((claim, error))

    @property
    def is_contested(self) -> bool:
        """Whether another instance claims what this one does."""
        return bool(self._contests)

    def refusal(self, dag: str) -> str:
        """Say why no run of a DAG may begin, one line for each reason; empty where it may.

        Args:
            dag: its name without the instance's, such as ``recovery_restore``.
        """
        return "\n".join(error for claim, error in self._contests if not claim.dags or dag in claim.dags)

    def sql_files(self) -> Iterator[SqlFile]:
        """Give the SQL files that must exist."""
        yield from ()
