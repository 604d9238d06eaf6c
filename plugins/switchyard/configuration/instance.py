"""What every pipeline's configuration has: name, owner, what no other instance may claim, the SQL that it runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import ClassVar

from pydantic import Field

from switchyard.configuration import types as t
from switchyard.configuration.notices import Notice


@dataclass(frozen=True)
class Claim:
    """Something in AWS that one instance alone may change.

    Attributes:
        field: The field that names it.
        value: What stands there.
        key: What is claimed, the same text for whoever claims the same.
        deed: What the other instance already does with it, after its name.
        remedy: What to do about it.
    """

    field: str
    value: str
    key: str
    deed: str
    remedy: str


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

    @property
    def pipeline(self) -> str:
        """How tags, messages and the ledger name this instance."""
        return f"{self.folder}/{self.name}"

    def claims(self) -> Iterator[Claim]:
        """Give what no other instance may claim."""
        yield from ()

    def sql_files(self) -> Iterator[SqlFile]:
        """Give the SQL files that must exist."""
        yield from ()
