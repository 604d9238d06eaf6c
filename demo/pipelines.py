"""The shipped pipelines without their schedules: on this machine, what runs is what somebody starts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from demo.airflow_settings import REPOSITORY

SHIPPED = REPOSITORY / "include" / "pipelines"
VARIABLE = "SWITCHYARD_PIPELINES"


def write_unscheduled(folder: Path) -> None:
    """Write all configuration files to a folder, replacing what is there."""
    shutil.rmtree(folder, ignore_errors=True)
    for path in SHIPPED.glob("*/*.yaml"):
        configuration = yaml.safe_load(path.read_text())
        configuration.pop("schedule", None)
        copy = folder / path.relative_to(SHIPPED)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(yaml.safe_dump(configuration, sort_keys=False))


@contextmanager
def changed(folder: Path, pipeline: str, **sections: dict[str, Any] | list[Any]) -> Iterator[None]:
    """Change sections of a pipeline's configuration for a while.

    A step reads it when it begins; a DAG's schedule and form follow when the DAG is parsed again.

    Args:
        folder: where `write_unscheduled` has written.
        pipeline: its file without the ending, such as "aurora_recovery/orders".
        sections: fields by section, of which the others stay; a list replaces the one there is.
    """
    file = folder / f"{pipeline}.yaml"
    before = file.read_text()
    configuration = yaml.safe_load(before)
    for name, fields in sections.items():
        whole = isinstance(fields, list)
        configuration[name] = fields if whole else configuration.get(name, {}) | fields
    try:
        _replace(file, yaml.safe_dump(configuration, sort_keys=False))
        yield
    finally:
        _replace(file, before)


def _replace(file: Path, text: str) -> None:
    """Write a file in one step: others read it all the time."""
    unfinished = file.with_suffix(".new")
    unfinished.write_text(text)
    unfinished.replace(file)
