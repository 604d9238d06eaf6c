"""Errors of configuration files, each one line that names file, field, value and remedy."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from switchyard.aurora_recovery.untrusted import shorten
from switchyard.discretion import is_credential, one_line, veiled
from switchyard.errors import BadInput, SwitchyardError

_LISTS = ("list_type", "tuple_type")
_SECTIONS = ("model_type", "model_attributes_type", "dict_type")
"""Kinds of pydantic's errors that speak of arrays and objects, which nobody finds in YAML."""


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
        where = f"{shorten(self.field)}{shown}: " if self.field else ""
        return one_line(f"{self.file}: {where}{self.problem.rstrip('.')}. {self.remedy}")


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
        for fault in _translate(file, details, model):
            yield replace(fault, value=veiled(fault.value))


def _translate(file: str, details: ErrorDetails, model: type[BaseModel]) -> Iterator[Fault]:
    path = [part for part in details["loc"] if part != "[key]"]
    field, value = _dotted(path), details["input"]
    cause = details.get("ctx", {}).get("error")
    if isinstance(cause, Faults):
        for one in cause.faults:
            inner = ".".join(filter(None, (field, one.field)))
            yield Fault(file, inner, one.value, one.problem, one.remedy)
    elif isinstance(cause, BadInput):
        inner = ".".join(filter(None, (field, cause.field)))
        yield Fault(file, inner, cause.value, cause.problem, cause.remedy)
    elif details["type"] == "missing":
        yield Fault(file, field, None, "it is missing", f"Add the field{_described(model, path)}.")
    elif details["type"] == "extra_forbidden":
        shown = None if is_credential(str(path[-1])) else value
        yield Fault(file, field, shown, "there is no such field", _suggestion(model, path))
    elif value is None:
        yield Fault(
            file, field, None, "it has no value", f"{_write_one(model, path)}{_described(model, path)}."
        )
    elif details["type"] in _LISTS:
        yield Fault(file, field, value, "it is no list", f"{_write_list(model, path, value)}.")
    elif details["type"] in _SECTIONS:
        yield Fault(file, field, value, "it is no section with fields", f"{_write_fields(model, path)}.")
    else:
        problem = details["msg"][:1].lower() + details["msg"][1:]
        yield Fault(file, field, value, problem, f"Correct the value{_described(model, path)}.")


def _dotted(path: list[int | str]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def _suggestion(model: type[BaseModel], path: list[int | str]) -> str:
    known = _names(_section(model, path[:-1]))
    close = difflib.get_close_matches(str(path[-1]), known, n=1)
    if close:
        return f"Did you mean {close[0]}?"
    return f"Remove it; known here: {', '.join(known)}."


def _names(section: type[BaseModel] | None) -> list[str]:
    """Fields as files write them, which is by their alias where they have one."""
    return sorted(info.alias or name for name, info in section.model_fields.items()) if section else []


def _write_one(model: type[BaseModel], path: list[int | str]) -> str:
    info = _info(_section(model, path[:-1]), path[-1])
    return "Write one" if info is None or info.is_required() else "Write one, or remove the field"


def _write_list(model: type[BaseModel], path: list[int | str], value: object) -> str:
    if known := _names(_section(model, path)):
        return f"Begin each item with a dash; known in an item: {', '.join(known)}"
    shown = value if isinstance(value, str | int | float) else "..."
    return f"Write [{shown}]{_described(model, path)}"


def _write_fields(model: type[BaseModel], path: list[int | str]) -> str:
    """What to write where a section of fields belongs, or a mapping whose names are the writer's own."""
    if known := _names(_section(model, path)):
        return f"Write FIELD: VALUE lines below it; known there: {', '.join(known)}"
    return f"Write NAME: VALUE lines below it{_described(model, path)}"


def _described(model: type[BaseModel], path: list[int | str]) -> str:
    """What a field is for; of a section without a description, or of a name of the writer's own, what holds it is."""
    for depth in range(len(path), 0, -1):
        info = _info(_section(model, path[: depth - 1]), path[depth - 1])
        if info is None:
            continue
        inner = _model_in(info.annotation)
        text = info.description or (inspect.getdoc(inner) if inner else None) or ""
        return f": {text.splitlines()[0].rstrip('.')}" if text else ""
    return ""


def _info(section: type[BaseModel] | None, name: int | str) -> FieldInfo | None:
    """A field of a section by its name in files."""
    fields = section.model_fields.items() if section else ()
    return next((info for known, info in fields if (info.alias or known) == name), None)


def _section(model: type[BaseModel], path: list[int | str]) -> type[BaseModel] | None:
    """Find the model that holds the fields below a path."""
    section: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, int):
            continue  # an item of a list, whose fields are those of the list's model
        info = _info(section, part)
        section = _model_in(info.annotation) if info else None
    return section


def _model_in(annotation: Any) -> type[BaseModel] | None:
    candidates = (annotation, *get_args(annotation))
    return next((one for one in candidates if isinstance(one, type) and issubclass(one, BaseModel)), None)
