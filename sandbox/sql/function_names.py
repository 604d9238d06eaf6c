"""Trino's functions: which there are here.

A function is known here only where a test compares its result with Trino's; any other is refused, so that a
statement cannot pass here by a function that AWS does not have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from sqlglot.tokenizer_core import Token, TokenType

from sandbox.sql.errors import NotSupported, SqlError

KNOWN = frozenset(Path(__file__).with_name("functions.txt").read_text().split())
ELSEWHERE = frozenset(Path(__file__).with_name("functions_elsewhere.txt").read_text().split())
"""Functions of Trino's that the sandbox does not have.
Source: https://trino.io/docs/current/functions/list.html
"""
NOT_A_CALL = {
    TokenType.ALIAS, TokenType.R_PAREN, TokenType.VAR, TokenType.IDENTIFIER, TokenType.DOT, TokenType.TABLE,
    TokenType.INTO, TokenType.WITH, TokenType.FROM, TokenType.JOIN, TokenType.RECURSIVE,
}  # fmt: skip
"""What stands before a name with a parenthesis that is no function: an alias with columns, or a table."""


def check_names(tokens: list[Token], registered: Mapping[str, object]) -> None:
    """Refuse the call of a function that is not known; `registered` are the names that the grammar has."""
    for number, (token, following) in enumerate(pairwise(tokens)):
        name = token.text.lower()
        if following.token_type != TokenType.L_PAREN or name in KNOWN or not re.fullmatch(r"\w+", name):
            continue
        before = tokens[number - 1].token_type if number else None
        called = token.token_type == TokenType.VAR or name.upper() in registered
        if called and before not in NOT_A_CALL and not _defines(tokens, number):
            if name in ELSEWHERE:
                raise NotSupported(f"the sandbox does not have the function {name}")
            place = f"line {token.line}:{token.col - len(token.text) + 1}"
            raise SqlError("FUNCTION_NOT_FOUND", f"{place}: Function '{name}' not registered")


def _defines(tokens: list[Token], number: int) -> bool:
    """Tell whether a name with columns is that of a common table expression."""
    depth = 0
    for position in range(number + 1, len(tokens)):
        kind = tokens[position].token_type
        depth += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
        if depth == 0:
            return position + 1 < len(tokens) and tokens[position + 1].token_type == TokenType.ALIAS
    return False
