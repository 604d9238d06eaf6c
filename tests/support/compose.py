"""docker-compose.yaml as Compose reads it, so that tests start on this machine what it starts in containers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
FILE = REPOSITORY / "docker-compose.yaml"
VARIABLE = re.compile(r"\$\{(\w+)(?::?([?-])([^}]*))?\}|\$\$")


class MissingVariableError(Exception):
    """The file demands a variable that nobody has set; the message is its name."""


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """Put variables into a value, with Compose's defaults and demands."""

    def one(found: re.Match[str]) -> str:
        name, kind, default = found.groups()
        if name is None:
            return "$"
        if variables.get(name):
            return variables[name]
        if kind == "?":
            raise MissingVariableError(name)
        return default or ""

    return VARIABLE.sub(one, text)


@dataclass(frozen=True)
class Compose:
    """The file's services on this machine.

    Attributes:
        variables: what .env would hold.
        places: texts of the file and what stands for them here: addresses of services, folders of the images.
    """

    variables: Mapping[str, str]
    places: Mapping[str, str]

    @property
    def services(self) -> dict[str, dict[str, Any]]:
        """The services by name, as written."""
        return yaml.safe_load(FILE.read_text())["services"]

    def environment(self, service: str) -> dict[str, str]:
        """The variables of a service's containers: its files of variables, then its own."""
        found = self.services[service]
        read: dict[str, str] = {}
        for file in found.get("env_file", []):
            lines = (REPOSITORY / interpolate(file, self.variables)).read_text().splitlines()
            read |= dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
        read |= {
            name: interpolate(str(text), self.variables)
            for name, text in found.get("environment", {}).items()
        }
        return {name: self._here(text) for name, text in read.items()}

    def command(self, service: str, *, health: bool = False) -> list[str]:
        """The command of a service, or of its health check."""
        found = self.services[service]
        command = found["healthcheck"]["test"] if health else found["command"]
        if isinstance(command, str):
            command = ["sh", "-c", command.removeprefix('sh -c "').removesuffix('"')]
        elif health:
            command = ["sh", "-c", *command[1:]] if command[0] == "CMD-SHELL" else command[1:]
        return [self._here(interpolate(part, self.variables)) for part in command]

    def _here(self, text: str) -> str:
        for there, here in self.places.items():
            text = text.replace(there, here)
        return text
