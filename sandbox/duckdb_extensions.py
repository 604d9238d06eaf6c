"""DuckDB's extensions, which read other databases or make rows, from their Python packages: nothing is downloaded."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Literal

import duckdb

from sandbox.errors import SandboxError

Reader = Literal["mysql", "postgres"]
Extension = Reader | Literal["tpcds"]
CONFIGURATION = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


def connect(*extensions: Extension) -> duckdb.DuckDBPyConnection:
    """Return an empty DuckDB in memory that can attach databases of these kinds, or make TPC-DS's tables."""
    connection = duckdb.connect(config={**CONFIGURATION})
    for name in extensions:
        load(connection, name)
    return connection


def load(connection: duckdb.DuckDBPyConnection, name: Extension) -> None:
    """Load an extension; DuckDB itself verifies its signature.

    Raises:
        SandboxError: it is not installed, or it is for another version of DuckDB.
    """
    connection.load_extension(str(_file(name)))


def _file(name: Extension) -> Path:
    extension = name if name == "tpcds" else f"{name}_scanner"
    package = f"duckdb_extension_{extension}"
    try:
        folder = Path(next(iter(import_module(package).__path__)))
    except ImportError as error:
        distribution = package.replace("_", "-")
        raise SandboxError(
            f"DuckDB has no extension for {name}: install {distribution}=={duckdb.__version__}"
        ) from error
    file = folder / "extensions" / f"v{duckdb.__version__}" / f"{extension}.duckdb_extension"
    if not file.exists():
        raise SandboxError(
            f"{package} has no extension for DuckDB {duckdb.__version__}: install that version of it"
        )
    return file
