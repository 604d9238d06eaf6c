"""Reading statements from their text, without looking at any table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.tokenizer_core import TokenType

from sandbox.athena.create_table import create_table, table_name
from sandbox.athena.statements import (
    AddPartitions,
    ChangeColumns,
    CreateDatabase,
    CreateTableAs,
    CreateView,
    Describe,
    DropDatabase,
    DropPartitions,
    DropTable,
    Explain,
    Insert,
    Query,
    Refusal,
    Repair,
    SetLocation,
    SetProperties,
    Show,
    Statement,
    TableName,
    Unknown,
    Unload,
)
from sandbox.athena.words import Words
from sandbox.sql.catalogue import Column
from sandbox.sql.errors import Unparsable
from sandbox.sql.trino import STATEMENTS, is_query, parse, parse_query, translated

QUERIES = {"SELECT", "WITH", "VALUES", "TABLE", "("}
REFUSED = {
    "ANALYZE", "CALL", "COMMIT", "GRANT", "OPTIMIZE", "REVOKE", "ROLLBACK", "SET", "START", "TRUNCATE", "USE",
    "VACUUM",
}  # fmt: skip
"""Statements that Athena refuses, or takes for Iceberg tables only, which are not here."""


def read(text: str) -> Statement:
    """Return what a text asks for.

    Raises Unparsable for no statement, Unknown for one of a kind that is not supported, and SqlError for
    functions that are not there.
    """
    text = text.strip().removesuffix(";").rstrip()
    words = Words(text)
    reader = READERS.get(words.next)
    if reader is None:
        if words.next in QUERIES:
            return Query(parse_query(text))
        if words.next in REFUSED:
            raise Unknown("Queries of this type are not supported")
        raise Unparsable(
            f"line 1:1: mismatched input '{words.next.lower() or '<EOF>'}'. Expecting: {STATEMENTS}"
        )
    return reader(words)


def with_parameters(text: str, values: list[str]) -> str:
    """Return the text with its question marks replaced, in order; ValueError where their number differs."""
    places = [token for token in Trino().tokenize(text) if token.token_type == TokenType.PLACEHOLDER]
    if len(places) != len(values):
        raise ValueError(f"Incorrect number of parameters: expected {len(places)} but found {len(values)}")
    for token, value in reversed(list(zip(places, values, strict=True))):
        text = text[: token.start] + value + text[token.end + 1 :]
    return text


def _insert(words: Words) -> Statement:
    tree = parse(words.text)
    if not isinstance(tree, exp.Insert) or tree.args.get("overwrite") or not is_query(tree.expression):
        raise Unparsable(f"line 1:8: mismatched input in '{words.text[:40]}'. Expecting: 'INTO'")
    target = tree.this
    columns = tuple(one.name.lower() for one in target.expressions) if isinstance(target, exp.Schema) else ()
    table = target.this if isinstance(target, exp.Schema) else target
    return Insert(table_name(table), columns, translated(tree.expression, words.text))


def _unload(words: Words) -> Statement:
    words.expect("UNLOAD")
    query = words.within_parentheses()
    words.expect("TO")
    location = words.literal()
    words.expect("WITH")
    options, keys = _options(words)
    words.end()
    parse_query(query)
    return Unload(query, location, options, keys)


def _options(words: Words) -> tuple[dict[str, str], tuple[str, ...]]:
    """Read (name = 'value', ..., partitioned_by = ARRAY['a', 'b'])."""
    words.expect("(")
    options: dict[str, str] = {}
    keys: list[str] = []
    while not words.take(")"):
        name = words.name()
        words.expect("=")
        if words.take("ARRAY"):
            values = _array(words)
            keys = values if name == "partitioned_by" else keys
            options[name] = ",".join(values)
        elif words.next in {"TRUE", "FALSE"}:
            options[name] = words.name()
        else:
            options[name] = words.literal()
        if words.next != ")":
            words.expect(",")
    return options, tuple(keys)


def _array(words: Words) -> list[str]:
    words.expect("[")
    values = []
    while not words.take("]"):
        values.append(words.literal().lower())
        if words.next != "]":
            words.expect(",")
    return values


def _create(words: Words) -> Statement:
    words.expect("CREATE")
    if words.take("OR", "REPLACE"):
        words.expect("VIEW")
        return _create_view(words, replace=True)
    if words.take("VIEW"):
        return _create_view(words, replace=False)
    if words.take("DATABASE") or words.take("SCHEMA"):
        return _create_database(words)
    external = words.take("EXTERNAL")
    words.expect("TABLE")
    if_not_exists = words.take("IF", "NOT", "EXISTS")
    table = words.table()
    if words.next == "(":
        return create_table(words.text, external=external)
    return _create_table_as(words, table, if_not_exists=if_not_exists)


def _create_view(words: Words, *, replace: bool) -> Statement:
    table = words.table()
    while words.next in {"COMMENT", "SECURITY"}:
        words.name()
        words.name() if words.next in {"DEFINER", "INVOKER"} else words.literal()
    words.expect("AS")
    text = words.rest
    return CreateView(table, parse_query(text), text, replace)


def _create_database(words: Words) -> Statement:
    if_not_exists = words.take("IF", "NOT", "EXISTS")
    name = words.name()
    comment = words.literal() if words.take("COMMENT") else ""
    location = words.literal() if words.take("LOCATION") else ""
    properties = words.pairs() if words.take("WITH", "DBPROPERTIES") else {}
    words.end()
    return CreateDatabase(name, if_not_exists, comment, location, properties)


def _create_table_as(words: Words, table: TableName, *, if_not_exists: bool) -> Statement:
    properties, keys = _options(words) if words.take("WITH") else ({}, ())
    words.expect("AS")
    text = words.rest
    found = re.search(r"\sWITH\s+(NO\s+)?DATA\s*$", text, re.IGNORECASE)
    query = text[: found.start()] if found else text
    with_data = not (found and found[1])
    return CreateTableAs(table, parse_query(query), properties, keys, if_not_exists, with_data)


def _drop(words: Words) -> Statement:
    words.expect("DROP")
    if words.take("DATABASE") or words.take("SCHEMA"):
        if_exists = words.take("IF", "EXISTS")
        name = words.name()
        cascade = words.take("CASCADE")
        words.take("RESTRICT")
        words.end()
        return DropDatabase(name, if_exists, cascade)
    view = words.take("VIEW")
    if not view:
        words.expect("TABLE")
    if_exists = words.take("IF", "EXISTS")
    table = words.table()
    words.end()
    return DropTable(table, if_exists, view)


def _alter(words: Words) -> Statement:
    words.expect("ALTER", "TABLE")
    table = words.table()
    partition = _spec(words) if words.take("PARTITION") else None
    if words.take("SET", "LOCATION"):
        return SetLocation(table, words.literal(), partition)
    if partition is not None:
        raise Unknown("Queries of this type are not supported")
    if words.take("SET", "TBLPROPERTIES"):
        return SetProperties(table, words.pairs())
    if words.take("ADD", "COLUMNS"):
        return ChangeColumns(table, _column_list(words), replace=False)
    if words.take("REPLACE", "COLUMNS"):
        return ChangeColumns(table, _column_list(words), replace=True)
    if words.take("ADD"):
        return _add_partitions(words, table)
    if words.take("DROP"):
        if_exists = words.take("IF", "EXISTS")
        words.expect("PARTITION")
        dropped = [_spec(words)]
        while words.take(",", "PARTITION"):
            dropped.append(_spec(words))
        words.end()
        return DropPartitions(table, tuple(dropped), if_exists)
    raise Unknown("Queries of this type are not supported")


def _column_list(words: Words) -> tuple[Column, ...]:
    columns = create_table(f"CREATE TABLE t ({words.within_parentheses()})", external=False).columns
    words.end()
    return columns


def _spec(words: Words) -> dict[str, str]:
    words.expect("(")
    values = {}
    while not words.take(")"):
        key = words.name()
        words.expect("=")
        words.take("DATE")
        values[key] = words.literal()
        if words.next != ")":
            words.expect(",")
    return values


def _add_partitions(words: Words, table: TableName) -> Statement:
    if_not_exists = words.take("IF", "NOT", "EXISTS")
    added: list[tuple[dict[str, str], str | None]] = []
    while not added or not words.done:
        words.take(",")
        words.expect("PARTITION")
        spec = _spec(words)
        added.append((spec, words.literal() if words.take("LOCATION") else None))
    return AddPartitions(table, tuple(added), if_not_exists)


def _repair(words: Words) -> Statement:
    words.expect("MSCK", "REPAIR", "TABLE")
    table = words.table()
    words.end()
    return Repair(table)


def _show(words: Words) -> Statement:
    words.expect("SHOW")
    if words.take("DATABASES") or words.take("SCHEMAS"):
        words.take("LIKE")
        return Show("DATABASES", pattern=None if words.done else words.literal())
    if words.next in {"TABLES", "VIEWS"}:
        what = words.name().upper()
        database = words.name() if words.take("IN") or words.take("FROM") else None
        words.take("LIKE")
        return Show(what, database=database, pattern=None if words.done else words.literal())
    if words.next in {"PARTITIONS", "TBLPROPERTIES"}:
        return Show(words.name().upper(), table=words.table())
    if words.take("COLUMNS"):
        if not words.take("IN"):
            words.expect("FROM")
        name = words.table()
        database = words.name() if words.take("IN") or words.take("FROM") else name[0]
        return Show("COLUMNS", table=(database, name[1]))
    words.expect("CREATE")
    if words.take("VIEW"):
        return Show("CREATE VIEW", table=words.table())
    words.expect("TABLE")
    return Show("CREATE TABLE", table=words.table())


def _describe(words: Words) -> Statement:
    words.name()
    for word in ("EXTENDED", "FORMATTED"):
        words.take(word)
    return Describe(words.table())


def _explain(words: Words) -> Statement:
    words.expect("EXPLAIN")
    if words.take("ANALYZE"):
        raise Unknown("Queries of this type are not supported")
    options = words.within_parentheses().lower().split() if words.next == "(" else []
    form = options[-1] if options else "text"
    query = words.rest
    parse_query(query)
    if form not in {"text", "json", "validate"}:
        return Refusal("NOT_SUPPORTED", f"the sandbox explains as text or json, not as {' '.join(options)}")
    return Explain(query, form)


def _transactional(words: Words) -> Statement:
    parse(words.text)
    return Refusal("NOT_SUPPORTED", "Modifying Hive table rows is only supported for transactional tables")


READERS: Mapping[str, Callable[[Words], Statement]] = {
    "INSERT": _insert,
    "UNLOAD": _unload,
    "CREATE": _create,
    "DROP": _drop,
    "ALTER": _alter,
    "MSCK": _repair,
    "SHOW": _show,
    "DESCRIBE": _describe,
    "DESC": _describe,
    "EXPLAIN": _explain,
    "DELETE": _transactional,
    "UPDATE": _transactional,
    "MERGE": _transactional,
}
