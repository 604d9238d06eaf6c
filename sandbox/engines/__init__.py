"""Real MariaDB and PostgreSQL servers behind the sandbox's RDS."""

from sandbox.engines.engine import EngineName
from sandbox.engines.errors import (
    AlreadyThere,
    EngineError,
    MissingProgram,
    NoSuchServer,
    NoSuchSnapshot,
    ProgramFailed,
)
from sandbox.engines.facade import Engines
from sandbox.engines.processes import end_leftovers

__all__ = [
    "AlreadyThere",
    "EngineError",
    "EngineName",
    "Engines",
    "MissingProgram",
    "NoSuchServer",
    "NoSuchSnapshot",
    "ProgramFailed",
    "end_leftovers",
]
