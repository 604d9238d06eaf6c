"""The Java machine of this process, with Lucene on its class path."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import jpype

_FLAGS = (
    "-XX:+ExitOnOutOfMemoryError",  # it would spin for ever
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
    "-Xrs",  # signals are Python's
    "-XX:-UsePerfData",
    "-XX:+ErrorFileToStderr",
)


def start(machine: str, jars: Sequence[str], heap_mb: int) -> None:
    """Start Java, once per process.

    Args:
        machine: the library of the Java machine.
        jars: the class path.
        heap_mb: the most memory for Java's objects; the process ends where it is not enough.
    """
    jpype.startJVM(machine, f"-Xmx{heap_mb}m", *_FLAGS, classpath=list(jars), convertStrings=False)


@cache
def java(name: str) -> Any:
    """Give a Java class by its full name."""
    return jpype.JClass(name)


def lucene(name: str) -> Any:
    """Give a class of Lucene by its name below org.apache.lucene."""
    return java(f"org.apache.lucene.{name}")


def leave_java() -> None:
    """Let Java forget the calling thread, which is about to end."""
    thread = java("java.lang.Thread")
    if thread.isAttached():
        thread.detach()
