"""Where the programs of the database engines are on this machine."""

import shutil
from pathlib import Path

from sandbox.engines.errors import MissingProgram

_PACKAGES = {
    "mariadbd": "mariadb-server",
    "mariadb-install-db": "mariadb-server",
    "mariadb-backup": "mariadb-backup",
    "postgres": "postgresql",
    "initdb": "postgresql",
    "pg_basebackup": "postgresql-client",
    "setpriv": "util-linux",
}
_DEBIAN_FOLDERS = "/usr/sbin:/usr/bin:/sbin:/bin"


def locate(program: str) -> Path:
    """Find a program on PATH or where Debian puts it.

    Raises:
        MissingProgram: it is in none of these places.
    """
    found = shutil.which(program) or shutil.which(program, path=_DEBIAN_FOLDERS)
    if found:
        return Path(found)
    raise MissingProgram(program, _PACKAGES[program])


def locate_postgres(program: str) -> Path:
    """Find a PostgreSQL program of the newest installed version.

    Debian keeps each version in a folder of its own, and its `/usr/bin/pg_*` are wrappers that pick a version
    from the machine's configured clusters; so all programs are taken from the folder that holds the server.

    Raises:
        MissingProgram: no folder holds both the server and this program.
    """
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    for folder in folders:
        if (folder / "postgres").exists() and (folder / program).exists():
            return folder / program
    raise MissingProgram(program, _PACKAGES[program])


def _version(folder: Path) -> int:
    name = folder.parent.name
    return int(name) if name.isdigit() else 0
