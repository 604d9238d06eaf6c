"""Where configuration files and their SQL lie: beside plugins/, inside dags/, or where a variable says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from switchyard.configuration.faults import Fault

PIPELINES_VARIABLE = "SWITCHYARD_PIPELINES"
INCLUDE_VARIABLE = "SWITCHYARD_INCLUDE"
DAGS_VARIABLE = "AIRFLOW__CORE__DAGS_FOLDER"


def pipelines_folder() -> Path | None:
    """Find the folder of the configuration files; None where no place has one."""
    if named := os.environ.get(PIPELINES_VARIABLE):
        return Path(named)
    return next((place / "pipelines" for place in _include_folders() if (place / "pipelines").is_dir()), None)


def sql_folder(pipelines: Path, inside: PurePosixPath) -> Path | None:
    """Find a folder below include/sql, first beside the configuration; None where no place has it."""
    places = (pipelines.parent, *_include_folders())
    return next((place / "sql" / inside for place in places if (place / "sql" / inside).is_dir()), None)


def nowhere(named: Path | None) -> Fault:
    """Say that there is no folder to load from."""
    file = str(named or "include/pipelines")
    if named is not None and named.is_file():
        return Fault(
            file, "", None, "no pipeline reads this folder", "Move the file to where the others are."
        )
    return Fault(
        file, "", None, "there is no such folder", f"Create it, or name another in {PIPELINES_VARIABLE}."
    )


def _include_folders() -> Iterator[Path]:
    if named := os.environ.get(INCLUDE_VARIABLE):
        yield Path(named)
    deployment = Path(__file__).resolve().parents[3]
    yield deployment / "include"
    yield deployment / "dags" / "include"
    if dags := os.environ.get(DAGS_VARIABLE):
        yield Path(dags) / "include"
        yield Path(dags).parent / "include"
