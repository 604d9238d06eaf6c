"""What can go wrong with a database server of the sandbox."""

import re

_TROUBLE = re.compile(r"error|fatal|panic|warning", re.IGNORECASE)


class EngineError(Exception):
    """A database server could not do what was asked."""


class MissingProgram(EngineError):
    """A program that the sandbox starts is not installed.

    Attributes:
        program: the program's file name, e.g. ``mariadbd``.
        package: the Debian package that holds it.
    """

    def __init__(self, program: str, package: str) -> None:
        super().__init__(f"{program} is not installed. Install it: apt-get install {package}")
        self.program = program
        self.package = package


class NoSuchServer(EngineError):
    """No server has this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"There is no server {key}. Create or restore it first")


class NoSuchSnapshot(EngineError):
    """No snapshot has this key."""

    def __init__(self, snapshot: str) -> None:
        super().__init__(f"There is no snapshot {snapshot}. Take or copy it first")


class AlreadyThere(EngineError):
    """The key of a new server or snapshot is in use."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} exists. Choose another key, or delete it first")


class ProgramFailed(EngineError):
    """A server or a tool ended with an error; the message carries the telling lines of its log."""

    def __init__(self, program: str, log: str, most: int = 10) -> None:
        lines = log.strip().splitlines()
        telling = [line for line in lines if _TROUBLE.search(line)] or lines
        super().__init__("\n".join([f"{program} failed. From its log:", *telling[-most:]]))
