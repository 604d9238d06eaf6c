"""SQL files under ``include/sql``: found, rendered with quoted identifiers, never with values."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateNotFound

from switchyard.errors import BadInput

Engine = Literal["mysql", "postgres"]


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


def quote_identifier(name: str, engine: Engine) -> str:
    """Quote a possibly schema-qualified identifier for an engine: ``sakila.film`` -> `` `sakila`.`film` ``.

    Raises:
        BadInput: a part is empty or holds a NUL character, which no engine can quote.
    """
    mark = "`" if engine == "mysql" else '"'
    parts = name.split(".")
    if any(not part or "\0" in part for part in parts):
        raise BadInput(
            field="identifier",
            value=name,
            problem="not a table or column name",
            remedy="Write table, schema.table or column",
        )
    return ".".join(mark + part.replace(mark, mark * 2) + mark for part in parts)


@cache
def _environment(engine: Engine, folder: Path) -> Environment:
    return Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - this renders SQL, and every placeholder is an identifier quoted below
        finalize=lambda name: quote_identifier(name, engine),
        keep_trailing_newline=True,
    )


def render(path: str, engine: Engine, **identifiers: str) -> str:
    """Read the statement of ``include/sql/<path>``; each ``{{ placeholder }}`` becomes a quoted identifier.

    Values never pass here: they are bound by the driver as ``%(name)s``.

    Raises:
        BadInput: the file does not exist, or an identifier cannot be quoted.
    """
    folder = include_folder() / "sql"
    try:
        return _environment(engine, folder).get_template(path).render(**identifiers)
    except TemplateNotFound as error:
        raise BadInput(
            field="SQL file",
            value=path,
            problem=f"not found under {folder}",
            remedy="Create the file, or correct its name in the pipeline's configuration",
        ) from error
