"""Reading statements from their text, without looking at any table."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.tokenizer_core import TokenType

from sandbox.athena import reading_ddl
from sandbox.athena.create_table import table_name
from sandbox.athena.statements import Explain, Insert, Query, Refusal, Statement, Unknown, Unload
from sandbox.athena.words import Words
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
    options, keys = words.options()
    words.end()
    parse_query(query)
    return Unload(query, location, options, keys)


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
    "CREATE": reading_ddl.create,
    "DROP": reading_ddl.drop,
    "ALTER": reading_ddl.alter,
    "MSCK": reading_ddl.repair,
    "SHOW": reading_ddl.show,
    "DESCRIBE": reading_ddl.describe,
    "DESC": reading_ddl.describe,
    "EXPLAIN": _explain,
    "DELETE": _transactional,
    "UPDATE": _transactional,
    "MERGE": _transactional,
}
