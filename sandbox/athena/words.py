"""A statement's words one after the other, for the statements that no grammar at hand reads."""

from __future__ import annotations

from typing import ClassVar

from sqlglot.dialects.hive import Hive
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from sandbox.sql.errors import Unparsable


class _Hive(Hive):
    """Hive's language, of which every word is one: no statement is taken for one that others will read."""

    class Tokenizer(Hive.Tokenizer):
        COMMANDS: ClassVar[set[TokenType]] = set()
        KEYWORDS: ClassVar[dict[str, TokenType]] = {
            text: kind for text, kind in Hive.Tokenizer.KEYWORDS.items() if " " not in text
        }


class Words:
    """The words of a text, read from left to right; Unparsable where they are not what is expected."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._tokens = _Hive().tokenize(text)
        except TokenError as error:
            raise Unparsable(f"line 1:1: {error}") from error
        self._at = 0

    @property
    def done(self) -> bool:
        """Whether no word is left."""
        return self._at >= len(self._tokens)

    @property
    def next(self) -> str:
        """The next word in upper case; nothing at the end."""
        return "" if self.done else self._tokens[self._at].text.upper()

    @property
    def rest(self) -> str:
        """The text from the next word on."""
        return "" if self.done else self.text[self._tokens[self._at].start :]

    def take(self, *words: str) -> bool:
        """Go past these words where they come next, and tell whether they did."""
        ahead = self._tokens[self._at : self._at + len(words)]
        if [token.text.upper() for token in ahead] != list(words) or self._quoted(ahead):
            return False
        self._at += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Go past these words."""
        for word in words:
            if not self.take(word):
                raise self._unexpected(f"'{word}'")

    def name(self) -> str:
        """Go past an identifier and return it in lower case."""
        token = self._token("<identifier>")
        quoted = token.token_type == TokenType.IDENTIFIER or self.text[token.start] == '"'
        if not quoted and (token.token_type == TokenType.STRING or not token.text.isidentifier()):
            self._at -= 1
            raise self._unexpected("<identifier>")
        return token.text.lower()

    def table(self) -> tuple[str | None, str]:
        """Go past the name of a table, and return its database, where it says one, and itself."""
        name = self.name()
        if not self.take("."):
            database, _, own = name.rpartition(".")
            return database or None, own
        return name, self.name()

    def literal(self) -> str:
        """Go past a string or a number and return it as text."""
        token = self._token("<string>")
        sign = "-" if token.text == "-" else ""
        if sign:
            token = self._token("<number>")
        if token.token_type not in {TokenType.STRING, TokenType.NUMBER}:
            self._at -= 1
            raise self._unexpected("<string>")
        return sign + token.text

    def pairs(self) -> dict[str, str]:
        """Go past ('a' = 'b', ...) or (a = 'b', ...) and return it; keys keep their case where they are strings."""
        self.expect("(")
        found = {}
        while not self.take(")"):
            quoted = not self.done and self._tokens[self._at].token_type == TokenType.STRING
            key = self.literal() if quoted else self.name()
            self.expect("=")
            found[key] = self.literal()
            if self.next != ")":
                self.expect(",")
        return found

    def options(self) -> tuple[dict[str, str], tuple[str, ...]]:
        """Go past (name = 'value', ...); return it, and the array of what is `partitioned_by`."""
        self.expect("(")
        options: dict[str, str] = {}
        keys: list[str] = []
        while not self.take(")"):
            name = self.name()
            self.expect("=")
            if self.take("ARRAY"):
                values = self._array()
                keys = values if name == "partitioned_by" else keys
                options[name] = ",".join(values)
            elif self.next in {"TRUE", "FALSE"}:
                options[name] = self.name()
            else:
                options[name] = self.literal()
            if self.next != ")":
                self.expect(",")
        return options, tuple(keys)

    def within_parentheses(self) -> str:
        """Go past a pair of parentheses and return the text between them."""
        self.expect("(")
        begin, depth = self._at, 1
        while depth:
            token = self._token("')'")
            depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        inner = self._tokens[begin : self._at - 1]
        return self.text[inner[0].start : inner[-1].end + 1] if inner else ""

    def end(self) -> None:
        """Make sure that nothing follows."""
        if not self.done:
            raise self._unexpected("<EOF>")

    def _array(self) -> list[str]:
        self.expect("[")
        values = []
        while not self.take("]"):
            values.append(self.literal().lower())
            if self.next != "]":
                self.expect(",")
        return values

    def _token(self, expected: str) -> Token:
        if self.done:
            raise self._unexpected(expected)
        self._at += 1
        return self._tokens[self._at - 1]

    @staticmethod
    def _quoted(tokens: list[Token]) -> bool:
        return any(token.token_type in {TokenType.STRING, TokenType.IDENTIFIER} for token in tokens)

    def _unexpected(self, expected: str) -> Unparsable:
        if self.done:
            line, column, found = self.text.count("\n") + 1, len(self.text) - self.text.rfind("\n"), "<EOF>"
        else:
            token = self._tokens[self._at]
            before = self.text[: token.start]
            line, column, found = before.count("\n") + 1, len(before) - before.rfind("\n"), token.text
        return Unparsable(f"line {line}:{column}: mismatched input '{found}'. Expecting: {expected}")
