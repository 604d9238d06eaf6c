"""The programs behind each database engine, and what to install where one is missing."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.engines import EngineName, MissingProgram
from sandbox.engines import locate as places

NEEDED: Mapping[EngineName, tuple[str, ...]] = {
    "mysql": ("mariadbd", "mariadb-install-db", "mariadb-backup", "setpriv"),
    "postgres": ("postgres", "initdb", "pg_basebackup", "setpriv"),
}
NAMES: Mapping[EngineName, str] = {"mysql": "Aurora MySQL", "postgres": "Aurora PostgreSQL"}


def missing(engine: EngineName) -> str | None:
    """Say why clusters of an engine cannot run here, naming the package; None where they can."""
    for program in NEEDED[engine]:
        own_folder = engine == "postgres" and program != "setpriv"
        find = places.locate_postgres if own_folder else places.locate
        try:
            find(program)
        except MissingProgram as error:
            return f"{NAMES[engine]} clusters cannot run here: {error}"
    return None
