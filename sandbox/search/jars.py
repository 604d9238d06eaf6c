"""Where Lucene's archives and a Java virtual machine are on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from sandbox.engines.errors import MissingProgram

JARS_VARIABLE = "SWITCHYARD_LUCENE_JARS"
PACKAGES = ("liblucene8-java", "openjdk-17-jre-headless")
_DEBIAN = Path("/usr/share/java")
_NEEDED = ("lucene-core", "lucene-analyzers-common")
_MACHINES = Path("/usr/lib/jvm")
_LIBRARY = Path("lib/server/libjvm.so")


def lucene_jars() -> list[Path]:
    """Find the two archives that Lucene 8 needs, in the folder that the environment names or in Debian's.

    Raises:
        MissingProgram: they are not there.
    """
    folder = Path(os.environ.get(JARS_VARIABLE) or _DEBIAN)
    found = [sorted(folder.glob(f"{name}-8.*.jar"))[-1:] for name in _NEEDED]
    if not all(found):
        raise MissingProgram(f"Lucene 8 (not in {folder}; {JARS_VARIABLE} names another folder)", PACKAGES[0])
    return [jar for of_name in found for jar in of_name]


def java_machine() -> Path:
    """Find the library of a Java virtual machine: JAVA_HOME's, else Java 17 where Debian puts it, else another.

    Raises:
        MissingProgram: there is none.
    """
    for home in _java_homes():
        if (home / _LIBRARY).exists():
            return home / _LIBRARY
    raise MissingProgram("A Java runtime", PACKAGES[1])


def _java_homes() -> Iterator[Path]:
    if chosen := os.environ.get("JAVA_HOME"):
        yield Path(chosen)
    yield from sorted(_MACHINES.glob("java-17-*"))
    yield from sorted(_MACHINES.glob("*"), reverse=True)
