"""Reading the statements that make, change, remove and show what is in the catalogue."""

from __future__ import annotations

import re

from sandbox.athena.create_table import create_table
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
    Repair,
    SetLocation,
    SetProperties,
    Show,
    Statement,
    TableName,
    Unknown,
)
from sandbox.athena.words import Words
from sandbox.sql.catalogue import Column
from sandbox.sql.trino import parse_query


def create(words: Words) -> Statement:
    """Read CREATE DATABASE, VIEW or TABLE."""
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
    properties, keys = words.options() if words.take("WITH") else ({}, ())
    words.expect("AS")
    text = words.rest
    found = re.search(r"\sWITH\s+(NO\s+)?DATA\s*$", text, re.IGNORECASE)
    query = text[: found.start()] if found else text
    with_data = not (found and found[1])
    return CreateTableAs(table, parse_query(query), properties, keys, if_not_exists, with_data)


def drop(words: Words) -> Statement:
    """Read DROP DATABASE, VIEW or TABLE."""
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


def alter(words: Words) -> Statement:
    """Read ALTER TABLE; Unknown for what Athena does not support."""
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


def repair(words: Words) -> Statement:
    """Read MSCK REPAIR TABLE."""
    words.expect("MSCK", "REPAIR", "TABLE")
    table = words.table()
    words.end()
    return Repair(table)


def show(words: Words) -> Statement:
    """Read SHOW of anything."""
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


def describe(words: Words) -> Statement:
    """Read DESCRIBE."""
    words.name()
    for word in ("EXTENDED", "FORMATTED"):
        words.take(word)
    return Describe(words.table())
