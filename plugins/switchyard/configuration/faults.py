"""Errors of configuration files, each one line that names file, field, value and remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from switchyard.aurora_recovery.untrusted import shorten
from switchyard.errors import BadInput, SwitchyardError


class Faults(ValueError):
    """Several contradictions between fields, raised together so that one look at the file mends them all."""

    def __init__(self, faults: tuple[BadInput, ...]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True)
class Fault:
    """One error of one file; its text is `file: field = value: problem. remedy`, without a value that is missing."""

    file: str
    field: str
    value: Any
    problem: str
    remedy: str

    def __str__(self) -> str:
        shown = "" if self.value is None else f" = {shorten(self.value)!r}"
        where = f"{self.field}{shown}: " if self.field else ""
        return f"{self.file}: {where}{self.problem.rstrip('.')}. {self.remedy}"


class ConfigurationError(SwitchyardError):
    """Configuration files have errors, one a line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def faults_of(file: str, error: ValidationError, model: type[BaseModel]) -> Iterator[Fault]:
    """Turn pydantic's errors about one file into ours.

    Args:
        file: Path to show.
        error: What validation raised.
        model: What the file was validated against, for the names of its fields.
    """
    for details in error.errors(include_url=False):
        yield from _translate(file, details, model)


def _translate(file: str, details: ErrorDetails, model: type[BaseModel]) -> Iterator[Fault]:
    path = [part for part in details["loc"] if part != "[key]"]
    field, value = _dotted(path), details["input"]
    cause = details.get("ctx", {}).get("error")
    if isinstance(cause, Faults):
        for one in cause.faults:
            yield Fault(file, one.field, one.value, one.problem, one.remedy)
    elif isinstance(cause, BadInput):
        inner = ".".join(filter(None, (field, cause.field)))
        yield Fault(file, inner, cause.value, cause.problem, cause.remedy)
    elif details["type"] == "missing":
        yield Fault(file, field, None, "it is missing", f"Add the field{_described(model, path)}.")
    elif details["type"] == "extra_forbidden":
        yield Fault(file, field, value, "there is no such field", _suggestion(model, path))
    else:
        problem = details["msg"][:1].lower() + details["msg"][1:]
        yield Fault(file, field, value, problem, f"Correct the value{_described(model, path)}.")


def _dotted(path: list[int | str]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _suggestion(model: type[BaseModel], path: list[int | str]) -> str:
    section = _section(model, path[:-1])
    known = sorted(section.model_fields) if section else []
    close = difflib.get_close_matches(str(path[-1]), known, n=1)
    if close:
        return f"Did you mean {close[0]}?"
    return f"Remove it; known here: {', '.join(known)}."


def _described(model: type[BaseModel], path: list[int | str]) -> str:
    section = _section(model, path[:-1])
    info = section.model_fields.get(str(path[-1])) if section and path else None
    return f": {info.description.rstrip('.')}" if info is not None and info.description else ""


def _section(model: type[BaseModel], path: list[int | str]) -> type[BaseModel] | None:
    """Find the model that holds the fields below a path."""
    section: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, int):
            continue  # an item of a list, whose fields are those of the list's model
        info = section.model_fields.get(str(part)) if section else None
        section = _model_in(info.annotation) if info else None
    return section


def _model_in(annotation: Any) -> type[BaseModel] | None:
    candidates = (annotation, *get_args(annotation))
    return next((one for one in candidates if isinstance(one, type) and issubclass(one, BaseModel)), None)
