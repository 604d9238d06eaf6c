"""SQL files under ``include/sql``: found, rendered with quoted identifiers, never with values."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateNotFound

from switchyard.errors import BadInput

Engine = Literal["mysql", "postgres"]

Identifier = str | tuple[str, ...]
"""A name with its schema before a dot, or as a tuple of its parts, which may hold dots themselves."""


def include_folder() -> Path:
    """Find ``include/``: $SWITCHYARD_INCLUDE, beside ``plugins/``, or inside ``dags/`` (managed Airflow).

    Raises:
        BadInput: there is no such folder in any of these places.
    """
    deployment = Path(__file__).resolve().parents[2]
    places = [deployment / "include", deployment / "dags" / "include"]
    if named := os.environ.get("SWITCHYARD_INCLUDE"):
        places.insert(0, Path(named))
    for place in places:
        if (place / "sql").is_dir():
            return place
    raise BadInput(
        field="SWITCHYARD_INCLUDE",
        value=", ".join(map(str, places)),
        problem="none of these folders holds sql/",
        remedy="Ship include/ beside plugins/ or inside dags/, or name it in SWITCHYARD_INCLUDE",
    )


def quote_identifier(name: str | tuple[str, ...], engine: Engine) -> str:
    """Quote a possibly schema-qualified identifier for an engine: ``sakila.film`` -> `` `sakila`.`film` ``.

    Names that hold dots themselves are given as a tuple of their parts.

    Raises:
        BadInput: a part is empty or holds a NUL character, which no engine can quote.
    """
    mark = "`" if engine == "mysql" else '"'
    parts = name.split(".") if isinstance(name, str) else name
    if any(not part or "\0" in part for part in parts):
        raise BadInput(
            field="identifier",
            value=name if isinstance(name, str) else ".".join(name),
            problem="not a table or column name",
            remedy="Write table, schema.table or column",
        )
    return ".".join(mark + part.replace(mark, mark * 2) + mark for part in parts)


@cache
def _environment(folder: Path) -> Environment:
    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - this renders SQL, and every value is quoted before it comes here
        keep_trailing_newline=True,
    )


def render(path: str, engine: Engine, **identifiers: Identifier | list[Identifier]) -> str:
    """Read the statement of ``include/sql/<path>``; each ``{{ placeholder }}`` becomes a quoted identifier.

    A list of identifiers becomes a list of quoted ones. Values never pass here: they are bound by the driver as
    ``%(name)s``.

    Raises:
        BadInput: the file does not exist, or an identifier cannot be quoted.
    """

    def quote(given: Identifier | list[Identifier]) -> str | list[str]:
        if isinstance(given, list):
            return [quote_identifier(one, engine) for one in given]
        return quote_identifier(given, engine)

    return _rendered(path, quote, identifiers)


def render_athena(name: str, **values: str) -> str:
    """Read the statement of ``include/sql/athena/<name>.sql``; each ``{{ placeholder }}`` becomes a quoted text.

    Athena binds no values in the statements that define tables, so that all values are quoted here.

    Raises:
        BadInput: the file does not exist.
    """
    return _rendered(f"athena/{name}.sql", quote_text, values)


def quote_text(value: str) -> str:
    """Quote a text as a literal of Athena's SQL."""
    return "'" + value.replace("'", "''") + "'"


def _rendered(path: str, quote: Callable[[Any], str | list[str]], values: Mapping[str, Any]) -> str:
    folder = include_folder() / "sql"
    quoted = {name: quote(value) for name, value in values.items()}
    try:
        return _environment(folder).get_template(path).render(**quoted)
    except TemplateNotFound as error:
        raise BadInput(
            field="SQL file",
            value=path,
            problem=f"not found under {folder}",
            remedy="Create the file, or correct its name in the pipeline's configuration",
        ) from error
