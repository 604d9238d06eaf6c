"""The time of day of a sandbox with all its servers, moved away from the machine's.

`sandbox.clock` is the time that AWS's services show. Database servers, what moto dates by itself, and whoever speaks to
the sandbox look at the machine's clock, which nobody may turn. A small library in C (`machine_time.c`) stands between
them and that clock: processes that are started with `environment` see the machine's time and the seconds in a file, and
all of them a move at once. It is off unless they are; a Linux machine with a C compiler is needed.
"""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "SANDBOX_MACHINE_TIME"
"""Names the file of seconds."""
_PRELOAD = "LD_PRELOAD"
_SOURCE = Path(__file__).with_suffix(".c")
_SECONDS = struct.Struct("=q")


class CompilerFailed(Exception):
    """The library could not be made; the message has what the compiler said."""


def environment(folder: Path) -> dict[str, str]:
    """Variables for processes whose time can be moved, at first by nothing.

    Args:
        folder: for the library and the file; users of database servers must be able to read in it.

    Raises:
        CompilerFailed: there is no C compiler, or it failed.
    """
    library, file = folder / "machine_time.so", folder / "seconds"
    command = ["gcc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", str(library), str(_SOURCE)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise CompilerFailed("gcc is missing: install gcc and libc6-dev") from error
    if done.returncode:
        raise CompilerFailed(f"{' '.join(command)}: {done.stderr.strip()}")
    file.write_bytes(_SECONDS.pack(0))
    for readable in (library, file):
        readable.chmod(0o644)
    return {_PRELOAD: str(library), VARIABLE: str(file)}


def inherited() -> Mapping[str, str]:
    """The variables of this process for one that it starts; none where its time cannot be moved."""
    return {name: os.environ[name] for name in (_PRELOAD, VARIABLE)} if VARIABLE in os.environ else {}


def move(seconds: float) -> None:
    """Move the time of all processes of this environment on; nothing where there is none.

    Args:
        seconds: whole ones; a part of one is left out.
    """
    if path := os.environ.get(VARIABLE):
        file = Path(path)
        [before] = _SECONDS.unpack(file.read_bytes())
        with file.open("r+b") as opened:  # in place: it is mapped
            opened.write(_SECONDS.pack(before + int(seconds)))
