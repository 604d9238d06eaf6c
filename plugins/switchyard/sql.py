"""SQL files under ``include/sql``: found, rendered with quoted names and typed literals, never with loose values."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateNotFound, Undefined

from switchyard.errors import BadInput
from switchyard.redshift.identifiers import Identifier as RedshiftName
from switchyard.redshift.identifiers import Principal as RedshiftPrincipal
from switchyard.redshift.literals import Literal as RedshiftLiteral

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
        finalize=_only_text,
    )


def _only_text(value: object) -> str:
    """Refuse to print a flag or a list that a template forgot to look at."""
    if isinstance(value, (str, int, Undefined)) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"a placeholder prints {type(value).__name__}, which is no SQL")


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


RedshiftValue = (
    RedshiftName
    | RedshiftPrincipal
    | RedshiftLiteral
    | bool
    | None
    | Sequence["RedshiftValue"]
    | Mapping[str, "RedshiftValue"]
)
"""What a placeholder of a Redshift file becomes; booleans and None are for ``{% if %}`` alone."""


class RedshiftSql(str):
    """A statement that was rendered from a file, whose name errors tell instead of its text."""

    file: str


def render_redshift(path: str, **values: RedshiftValue) -> RedshiftSql:
    """Read the statement of ``include/sql/redshift/<path>``; each placeholder becomes a quoted name or a literal.

    Lists are for loops and ``join``, mappings for their members: ``{{ column.name }}``. A final semicolon is left out,
    as the Data API takes single statements.

    Raises:
        BadInput: the file does not exist, or a value is neither an ``Identifier`` nor a literal of
            ``switchyard.redshift.literals``.
    """
    given = {name: _redshift(name, value) for name, value in values.items()}
    text = _rendered(f"redshift/{path}", lambda value: value, given)
    statement = RedshiftSql(text.strip().removesuffix(";").rstrip())
    statement.file = f"redshift/{path}"
    return statement


def _redshift(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Mapping):
        return {key: _redshift(name, one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redshift(name, one) for one in value]
    if isinstance(value, (RedshiftName, RedshiftPrincipal, RedshiftLiteral)):
        return value.sql()
    raise BadInput(
        name,
        type(value).__name__,
        "a statement takes no loose values",
        "Pass an Identifier or a literal of switchyard.redshift.literals, or bind it as a parameter",
    )


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
