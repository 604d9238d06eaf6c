"""DROP, ALTER, TRUNCATE and LOCK of tables, and comments on them.

Sources: https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_TRUNCATE.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.warehouse import catalogue, views
from sandbox.warehouse.answers import DONE, Answer
from sandbox.warehouse.catalogue import Known, Name, note, quoted
from sandbox.warehouse.errors import (
    DUPLICATE_TABLE,
    NOT_SUPPORTED,
    RedshiftError,
)
from sandbox.warehouse.locks import EXCLUSIVE
from sandbox.warehouse.reading import Reader, read_drop
from sandbox.warehouse.statements import Form
from sandbox.warehouse.table_grammar import read_kind
from sandbox.warehouse.tables import column_of
from sandbox.warehouse.text import Statement

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session


def drop_table(session: Session, statement: Statement) -> Answer:
    """Drop tables."""
    asked = read_drop(statement, session.warehouse.database)
    for schema, table in asked.names:
        known = _known(session, schema, table, lenient=asked.lenient)
        if known is None:
            continue
        if known.view:
            raise RedshiftError(f'"{table}" is not a table', "42809")
        views.remove(session, known.name, cascade=asked.cascade)
        forget(session, known.name)
    return DONE


def _known(session: Session, schema: str, table: str, *, lenient: bool) -> Known | None:
    if lenient and schema and not catalogue.has_schema(session, schema):
        return None
    known = catalogue.find(session, schema, table)
    return known if known is not None or lenient else catalogue.existing(session, schema, table)


def forget(session: Session, name: Name) -> None:
    """Drop what is known of the condition of a table, once it is gone for good."""
    if session.transaction is not None:
        session.transaction.kept.append(lambda: session.warehouse.statistics.forget(name))


def alter_table(session: Session, statement: Statement) -> Answer:
    """Change a table."""
    reader = Reader(statement, 2)
    known = catalogue.existing(session, *reader.name(session.warehouse.database))
    session.touch(writes=[known.name], mode=EXCLUSIVE)
    if reader.take("RENAME", "TO"):
        _rename(session, known, reader.identifier())
    elif reader.take("RENAME"):
        reader.take("COLUMN")
        old = reader.identifier()
        reader.expect("TO")
        session.run(
            f"ALTER TABLE {known.name.sql()} RENAME COLUMN {quoted(old)} TO {quoted(reader.identifier())}"
        )
    elif reader.take("OWNER", "TO"):
        _noted(session, known, owner=reader.user())
    elif reader.take("SET", "SCHEMA"):
        raise RedshiftError("ALTER TABLE SET SCHEMA is not supported by the sandbox", NOT_SUPPORTED)
    elif reader.take("ADD"):
        _add(session, known.name, reader)
    elif reader.take("DROP"):
        _drop(session, known.name, reader)
    else:
        reader.expect("ALTER")
        _alter(session, known, reader)
    return DONE


def _rename(session: Session, known: Known, new: str) -> None:
    if catalogue.find(session, known.name.schema if not known.name.temporary else "", new) is not None:
        raise RedshiftError(f'relation "{new}" already exists', DUPLICATE_TABLE)
    what = "VIEW" if known.view else "TABLE"
    session.run(f"ALTER {what} {known.name.sql()} RENAME TO {quoted(new)}")
    renamed = Name(known.name.database, known.name.schema, new)
    session.touch(writes=[renamed], mode=EXCLUSIVE)
    statistics = session.warehouse.statistics
    condition = statistics.of(known.name)
    if session.transaction is not None:
        session.transaction.kept += [
            lambda: statistics.forget(known.name), lambda: statistics.plant(renamed, condition)
        ]  # fmt: skip
        for counted in (session.transaction.inserted, session.transaction.deleted):
            counted[renamed] += counted.pop(known.name, 0)


def _noted(session: Session, known: Known, **changes: object) -> None:
    what = "VIEW" if known.view else "TABLE"
    note(session, what, known.name.sql(), {**known.notes, **changes})


def _add(session: Session, name: Name, reader: Reader) -> None:
    if reader.next.upper in {"CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN"}:
        reader.rest()  # informational, as all keys are
        return
    reader.take("COLUMN")
    column, kind = reader.identifier(), read_kind(reader)
    default, nullable = None, True
    while not reader.ended:
        if reader.take("DEFAULT"):
            default = reader.expression("ENCODE", "NOT", "NULL")
        elif reader.take("ENCODE"):
            reader.token()
        elif reader.take("NOT", "NULL"):
            nullable = False
        else:
            reader.expect("NULL")
    if not nullable and default is None:
        raise RedshiftError(
            "ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression", "42601"
        )
    made = column_of(column, kind, default=default)
    session.run(f"ALTER TABLE {name.sql()} ADD COLUMN {made.sql()}")
    if not nullable:
        session.run(f"ALTER TABLE {name.sql()} ALTER COLUMN {quoted(column)} SET NOT NULL")
    note(session, "COLUMN", f"{name.sql()}.{quoted(column)}", made.notes)


def _drop(session: Session, name: Name, reader: Reader) -> None:
    if reader.take("CONSTRAINT"):
        reader.rest()
        return
    reader.take("COLUMN")
    column = reader.identifier()
    reader.one_of("CASCADE", "RESTRICT")
    reader.end()
    session.run(f"ALTER TABLE {name.sql()} DROP COLUMN {quoted(column)}")


def _alter(session: Session, known: Known, reader: Reader) -> None:
    if reader.take("DISTSTYLE"):
        style = reader.token().upper
        key = reader.identifier() if reader.take("DISTKEY") else None
        _noted(session, known, diststyle=style)
        _mark(session, known.name, "distkey", [key] if key else [])
    elif reader.take("DISTKEY"):
        _noted(session, known, diststyle="KEY")
        _mark(session, known.name, "distkey", [reader.identifier()])
    elif reader.one_of("COMPOUND", "SORTKEY", "INTERLEAVED"):
        reader.take("SORTKEY")
        _mark(session, known.name, "sortkey", reader.names() if reader.sees("(") else [])
    elif reader.take("ENCODE", "AUTO"):
        return
    else:
        reader.take("COLUMN")
        _alter_column(session, known.name, reader)


def _mark(session: Session, name: Name, key: str, columns: list[str]) -> None:
    for one in catalogue.columns(session, name):
        notes = {known: value for known, value in one.notes.items() if known != key}
        if one.name in columns:
            notes[key] = columns.index(one.name) + 1 if key == "sortkey" else True
        note(session, "COLUMN", f"{name.sql()}.{quoted(one.name)}", notes)


def _alter_column(session: Session, name: Name, reader: Reader) -> None:
    """Lengthen a text, or encode a column in another way: all that ALTER COLUMN does."""
    wanted = reader.identifier()
    column = next((one for one in catalogue.columns(session, name) if one.name == wanted), None)
    if column is None:
        raise RedshiftError(f'column "{wanted}" of relation "{name.table}" does not exist', "42703")
    if reader.take("ENCODE"):
        notes = {**column.notes, "encoding": reader.token().text.lower()}
    else:
        reader.expect("TYPE")
        kind = read_kind(reader)
        if kind.name != "varchar" or column.kind.name != "varchar":
            raise RedshiftError(
                f'cannot alter column "{wanted}": target data type must be varchar', NOT_SUPPORTED
            )
        longest = session.run(f"SELECT max(strlen({quoted(wanted)})) FROM {name.sql()}")[0][0] or 0  # noqa: S608
        if longest > kind.length:
            raise RedshiftError(
                f'cannot alter column "{wanted}" of relation "{name.table}": target column size should be different',
                NOT_SUPPORTED,
            )
        notes = {**column.notes, "type": kind.shown}
    reader.end()
    note(session, "COLUMN", f"{name.sql()}.{quoted(wanted)}", notes)


def _changes_type(_session: Session, statement: Statement) -> bool:
    words = [token.upper for token in statement.tokens]
    return "TYPE" in words or ("ENCODE" in words[3:] and "ADD" not in words)


def truncate(session: Session, statement: Statement) -> Answer:
    """Empty a table; that ends the transaction and keeps all it did."""
    reader = Reader(statement, 1)
    reader.take("TABLE")
    known = catalogue.existing(session, *reader.name(session.warehouse.database))
    reader.end()
    session.touch(writes=[known.name], mode=EXCLUSIVE)
    rows = session.run(f"DELETE FROM {known.name.sql()}")[0][0]  # noqa: S608 -- a name of the catalogue
    session.count(known.name, deleted=rows)
    explicit = session.in_transaction
    session.commit()
    if explicit:
        session.begin()
    return DONE


def append(session: Session, statement: Statement) -> Answer:
    """Move all rows of one table into another.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE_APPEND.html
    """
    reader = Reader(statement, 2)
    target = catalogue.existing(session, *reader.name(session.warehouse.database)).name
    reader.expect("APPEND", "FROM")
    source = catalogue.existing(session, *reader.name(session.warehouse.database)).name
    lenient = reader.one_of("IGNOREEXTRA", "FILLTARGET")
    reader.end()
    ours = [one.name for one in catalogue.columns(session, target)]
    theirs = [one.name for one in catalogue.columns(session, source)]
    extra, absent = [one for one in theirs if one not in ours], [one for one in ours if one not in theirs]
    if (extra and lenient != "IGNOREEXTRA") or (absent and lenient != "FILLTARGET"):
        raise RedshiftError("ALTER TABLE APPEND: columns of source and target do not match", "42P16")
    session.touch([source], [target, source], mode=EXCLUSIVE)
    columns = ", ".join(quoted(one) for one in theirs if one in ours)
    rows = session.run(f"INSERT INTO {target.sql()} ({columns}) SELECT {columns} FROM {source.sql()}")[0][0]  # noqa: S608
    session.run(f"DELETE FROM {source.sql()}")  # noqa: S608 -- a name of the catalogue
    session.count(target, inserted=rows)
    session.count(source, deleted=rows)
    return DONE


def lock(session: Session, statement: Statement) -> Answer:
    """Keep all others from tables until the transaction ends; the snapshot comes after the wait."""
    reader = Reader(statement, 1)
    reader.take("TABLE")
    wanted = [reader.name(session.warehouse.database)]
    while reader.take(","):
        wanted.append(reader.name(session.warehouse.database))
    reader.end()
    for schema, table in wanted:
        session.lock(_place(session, schema, table), EXCLUSIVE)
    return DONE


def _place(session: Session, schema: str, table: str) -> Name:
    """Find a table as it is now, without a look at it from within the transaction unless that has begun."""
    if session.transaction is not None and session.transaction.open:
        return catalogue.existing(session, schema, table).name
    with session.warehouse.looking(session.user) as other:
        return catalogue.existing(other, schema, table).name


def comment(session: Session, statement: Statement) -> Answer:
    """Keep a comment on a table, view or column.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_COMMENT.html
    """
    reader = Reader(statement, 2)
    what = reader.one_of("TABLE", "VIEW", "COLUMN", "DATABASE", "CONSTRAINT")
    if what is None:
        raise RedshiftError(f'syntax error at or near "{reader.next.text}"', "42601")
    if what in {"DATABASE", "CONSTRAINT"}:
        return DONE
    parts = [reader.identifier()]
    while reader.take("."):
        parts.append(reader.identifier())
    reader.expect("IS")
    text = None if reader.take("NULL") else reader.text()
    column = parts.pop() if what == "COLUMN" else None
    known = catalogue.existing(session, parts[-2] if len(parts) > 1 else "", parts[-1])
    if column is None:
        _noted(session, known, comment=text)
        return DONE
    found = next((one for one in catalogue.columns(session, known.name) if one.name == column), None)
    if found is None:
        raise RedshiftError(f'column "{column}" of relation "{known.name.table}" does not exist', "42703")
    note(session, "COLUMN", f"{known.name.sql()}.{quoted(column)}", {**found.notes, "comment": text})
    return DONE


FORMS = (
    Form(r"DROP TABLE\b", drop_table),
    Form(r"ALTER TABLE .*\bAPPEND FROM\b", append, alone="ALTER TABLE APPEND"),
    Form(r"ALTER TABLE .*\bALTER\b", alter_table, alone="ALTER TABLE ALTER COLUMN", applies=_changes_type),
    Form(r"ALTER (TABLE|VIEW)\b", alter_table),
    Form(r"TRUNCATE\b", truncate),
    Form(r"LOCK\b", lock),
    Form(r"COMMENT ON\b", comment),
)
