"""The shipped pipelines without their schedules: on this machine, what runs is what somebody starts."""

from __future__ import annotations

import shutil
from pathlib import Path

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
