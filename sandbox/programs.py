"""The programs behind each engine, and what to install where one is missing."""

from __future__ import annotations

import os
from collections.abc import Mapping

from sandbox.engines import MissingProgram
from sandbox.engines import locate as places
from sandbox.search import jars
from sandbox.search.external import URL_VARIABLE

NEEDED: Mapping[str, tuple[str, ...]] = {
    "mysql": ("mariadbd", "mariadb-install-db", "mariadb-backup", "setpriv"),
    "postgres": ("postgres", "initdb", "pg_basebackup", "setpriv"),
}
NAMES = {
    "mysql": "Aurora MySQL clusters",
    "postgres": "Aurora PostgreSQL clusters",
    "search": "OpenSearch domains",
}
"""What cannot run without an engine, by engine."""


def missing(engine: str) -> str | None:
    """Say why an engine of `NAMES` cannot run here, naming the package to install; None where it can."""
    try:
        if engine == "search":
            _find_search_engine()
        else:
            _find_programs(engine)
    except MissingProgram as error:
        return f"{NAMES[engine]} cannot run here: {error}"
    return None


def problems() -> list[str]:
    """Say of each engine that cannot run here why."""
    return [problem for engine in NAMES if (problem := missing(engine))]


def search_elsewhere() -> bool:
    """Tell whether the environment names a real OpenSearch to use in the place of the sandbox's own engines."""
    return bool(os.environ.get(URL_VARIABLE))


def _find_programs(engine: str) -> None:
    for program in NEEDED[engine]:
        own_folder = engine == "postgres" and program != "setpriv"
        find = places.locate_postgres if own_folder else places.locate
        find(program)


def _find_search_engine() -> None:
    if not search_elsewhere():
        jars.lucene_jars()
        jars.java_machine()
