"""DuckDB's extensions that read other databases, taken from their Python packages: nothing is downloaded."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Literal

import duckdb

from sandbox.errors import SandboxError

Reader = Literal["mysql", "postgres"]
CONFIGURATION = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


def connect(*readers: Reader) -> duckdb.DuckDBPyConnection:
    """Return an empty DuckDB in memory that can attach databases of these kinds."""
    connection = duckdb.connect(config={**CONFIGURATION})
    for name in readers:
        load(connection, name)
    return connection


def load(connection: duckdb.DuckDBPyConnection, name: Reader) -> None:
    """Load an extension; DuckDB itself verifies its signature.

    Raises:
        SandboxError: it is not installed, or it is for another version of DuckDB.
    """
    connection.load_extension(str(_file(name)))


def _file(name: Reader) -> Path:
    package = f"duckdb_extension_{name}_scanner"
    try:
        folder = Path(next(iter(import_module(package).__path__)))
    except ImportError as error:
        distribution = package.replace("_", "-")
        raise SandboxError(
            f"DuckDB cannot read {name}: install {distribution}=={duckdb.__version__}"
        ) from error
    file = folder / "extensions" / f"v{duckdb.__version__}" / f"{name}_scanner.duckdb_extension"
    if not file.exists():
        raise SandboxError(
            f"{package} has no extension for DuckDB {duckdb.__version__}: install that version of it"
        )
    return file
