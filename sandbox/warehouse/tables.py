"""CREATE TABLE, CREATE TABLE AS and SELECT INTO.

Sources: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_AS.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from sandbox.warehouse import catalogue
from sandbox.warehouse.answers import DONE, Answer, changed
from sandbox.warehouse.catalogue import Name, noting, quoted
from sandbox.warehouse.errors import DUPLICATE_COLUMN, DUPLICATE_TABLE, UNDEFINED_COLUMN, RedshiftError
from sandbox.warehouse.grammar import parse_expression, parse_query
from sandbox.warehouse.kinds import TEXTS, Kind, of_engine
from sandbox.warehouse.locks import EXCLUSIVE
from sandbox.warehouse.statements import Form
from sandbox.warehouse.table_grammar import ColumnText, TableText, read_table
from sandbox.warehouse.text import Statement
from sandbox.warehouse.translate import Translation, prepare, to_duckdb, translate

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session


@dataclass(frozen=True)
class Made:
    """A column of a table to be made: its type, DuckDB's constraints and default, and what is noted of it."""

    name: str
    kind: Kind
    engine: str
    notes: Mapping[str, Any]
    nullable: bool = True
    default: str | None = None

    def sql(self) -> str:
        """Return the column as DuckDB makes it."""
        null = "" if self.nullable else " NOT NULL"
        default = f" DEFAULT {self.default}" if self.default else ""
        return f"{quoted(self.name)} {self.engine}{default}{null}"


def create(session: Session, statement: Statement) -> Answer:
    """Make a table."""
    text = read_table(statement, session.warehouse.database)
    name = catalogue.new_name(session, text.schema, text.name, temporary=text.temporary)
    if _exists(session, name):
        if text.if_not_exists:
            return DONE
        raise RedshiftError(f'relation "{text.name}" already exists', DUPLICATE_TABLE)
    if text.query is not None:
        tree = parse_query(text.query)
        prepare(session, tree)
        return _from_query(session, name, translate(session, tree), text)
    if text.like is not None:
        _make(
            session,
            name,
            _like(session, text.like, with_defaults=text.with_defaults),
            _table_notes(session, text),
        )
        return DONE
    made = [_made(session, name, column, text) for column in text.columns]
    _make(session, name, made, _table_notes(session, text))
    return DONE


def create_from(session: Session, query: exp.Select) -> Answer:
    """Make a table of the rows of SELECT INTO."""
    into = query.args["into"]
    query.set("into", None)
    target = into.this
    text = TableText(target.db.lower(), target.name.lower())
    temporary = bool(into.args.get("temporary")) or text.name.startswith("#")
    name = catalogue.new_name(session, text.schema, text.name, temporary=temporary)
    if _exists(session, name):
        raise RedshiftError(f'relation "{text.name}" already exists', DUPLICATE_TABLE)
    prepare(session, query)
    return _from_query(session, name, translate(session, query), text)


def _exists(session: Session, name: Name) -> bool:
    found = catalogue.find(session, "" if name.temporary else name.schema, name.table)
    return found is not None and found.name == name


def _from_query(session: Session, name: Name, query: Translation, text: TableText) -> Answer:
    session.touch(query.reads, [name], mode=EXCLUSIVE)
    found = session.describe(query.sql)
    names = text.names or [one for one, _ in found]
    twice = next((one for one in names if names.count(one) > 1), None)
    if twice is not None:
        raise RedshiftError(f'column "{twice}" duplicated', DUPLICATE_COLUMN)
    hints = list(query.columns.values()) if len(query.columns) == len(found) else [None] * len(found)
    made = [
        _plain(column, _kind(engine, hint), text, names)
        for column, (_, engine), hint in zip(names, found, hints, strict=True)
    ]
    _make(session, name, made, _table_notes(session, text), locked=True)
    rows = session.run(f"INSERT INTO {name.sql()} {query.sql}")[0][0]
    session.count(name, inserted=rows)
    _analyze_later(session, name, rows)
    return changed(rows)


def _analyze_later(session: Session, name: Name, rows: int) -> None:
    """Describe a table made of a query once it is there.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_ANALYZE.html
    """
    warehouse = session.warehouse
    session.current.kept.append(
        lambda: warehouse.statistics.analyzed(name, rows, warehouse.surroundings.now())
    )


def _kind(engine: str, hint: Kind | None) -> Kind:
    kind = of_engine(engine)
    return hint if kind.name == "varchar" and hint is not None and hint.name in TEXTS else kind


def _plain(column: str, kind: Kind, text: TableText, names: Sequence[str]) -> Made:
    for key in [*([text.distkey] if text.distkey else []), *text.sortkeys]:
        if key not in names:
            raise RedshiftError(f'column "{key}" named in key does not exist', UNDEFINED_COLUMN)
    return Made(column, kind, kind.engine, _notes(ColumnText(column, kind), text))


def _made(session: Session, table: Name, column: ColumnText, text: TableText) -> Made:
    default = None
    if column.identity is not None:
        default = _sequence(session, table, column.name, column.identity)
    elif column.default is not None:
        tree = exp.select(parse_expression(column.default))
        prepare(session, tree)
        translate(session, tree)
        default = f"({to_duckdb(tree.selects[0].unalias())})"
        if "getdate" in column.default.lower() or "sysdate" in column.default.lower():
            default = "CAST(now() AS TIMESTAMP)"
    nullable = column.nullable and column.name not in text.primary_key
    return Made(column.name, column.kind, column.kind.engine, _notes(column, text), nullable, default)


def _sequence(session: Session, table: Name, column: str, identity: tuple[int, int]) -> str:
    seed, step = identity
    name = f"{table.table} {column} {session.query_id}"
    full = Name(table.database, table.schema, name).sql()
    session.run(f"CREATE SEQUENCE {full} START {seed} INCREMENT {step}")
    return f"nextval('{full}')"


def _like(session: Session, like: tuple[str, str], *, with_defaults: bool) -> list[Made]:
    source = catalogue.existing(session, *like).name
    session.touch([source])
    return [
        Made(
            one.name, one.kind, one.kind.engine, one.notes, one.nullable, one.default if with_defaults else None
        )
        for one in catalogue.columns(session, source)
    ]  # fmt: skip


def _notes(column: ColumnText, text: TableText) -> dict[str, Any]:
    """Return what DuckDB does not keep of a column; keys are not enforced, as in Redshift."""
    found: dict[str, Any] = {"type": column.kind.shown}
    if column.encoding:
        found["encoding"] = column.encoding
    if column.identity:
        found["identity"] = list(column.identity)
    if column.name == text.distkey:
        found["distkey"] = True
    if column.name in text.sortkeys:
        found["sortkey"] = text.sortkeys.index(column.name) + 1
    if column.name in text.primary_key:
        found["primary_key"] = True
    return found


def _table_notes(session: Session, text: TableText) -> dict[str, Any]:
    style = text.diststyle or ("KEY" if text.distkey else "AUTO")
    return {"owner": session.user, "diststyle": style}


def _make(
    session: Session, name: Name, columns: Sequence[Made], notes: Mapping[str, Any], *, locked: bool = False
) -> None:
    names = [one.name for one in columns]
    twice = next((one for one in names if names.count(one) > 1), None)
    if twice is not None:
        raise RedshiftError(f'column "{twice}" specified more than once', DUPLICATE_COLUMN)
    if not locked:
        session.touch(writes=[name], mode=EXCLUSIVE)
    temporary = "TEMPORARY " if name.temporary else ""
    session.run(f"CREATE {temporary}TABLE {name.sql()} ({', '.join(one.sql() for one in columns)})")
    kept = [noting("COLUMN", f"{name.sql()}.{quoted(one.name)}", one.notes) for one in columns]
    session.run("; ".join([noting("TABLE", name.sql(), notes), *kept]))


def column_of(name: str, kind: Kind, *, default: str | None = None) -> Made:
    """Return a column to be added to a table that is there."""
    return Made(name, kind, kind.engine, {"type": kind.shown}, default=default)


FORMS = (Form(r"CREATE (LOCAL )?(TEMP |TEMPORARY )?TABLE\b", create),)
