"""Reading a statement token by token."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.warehouse.errors import RedshiftError, syntax_error
from sandbox.warehouse.text import Statement, Token

END = Token("end", "", 0, 0)
OCTAL = re.compile(r"\\([0-7]{1,3})")
SPELLED = {"\\t": "\t", "\\n": "\n", "\\\\": "\\"}


class Reader:
    """A place in a statement; all methods raise RedshiftError where something else stands there."""

    def __init__(self, statement: Statement, place: int = 0) -> None:
        self.statement = statement
        self.place = place

    @property
    def next(self) -> Token:
        """The token that stands here; an empty one at the end."""
        tokens = self.statement.tokens
        return tokens[self.place] if self.place < len(tokens) else END

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        return self.next is END

    def token(self) -> Token:
        """Take whatever stands here."""
        found = self.next
        if found is END:
            raise self.unexpected()
        self.place += 1
        return found

    def sees(self, *words: str) -> bool:
        """Tell whether these keywords or signs stand here."""
        found = self.statement.tokens[self.place : self.place + len(words)]
        return tuple(one.upper for one in found) == words

    def take(self, *words: str) -> bool:
        """Take these keywords or signs if they stand here."""
        if not self.sees(*words):
            return False
        self.place += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Take these keywords or signs."""
        for word in words:
            if not self.take(word):
                raise self.unexpected()

    def one_of(self, *words: str) -> str | None:
        """Take one of these keywords, if one stands here."""
        return next((word for word in words if self.take(word)), None)

    def identifier(self) -> str:
        """Take a name."""
        return self._token_of("word", "name").identifier

    def user(self) -> str:
        """Take the name of a user or group, whose capitals count in double quotes."""
        quoted = self.next.kind == "name"
        text = self.next.text
        found = self.identifier()
        return text[1:-1].replace('""', '"') if quoted else found

    def name(self, database: str = "") -> tuple[str, str]:
        """Take a name with its schema, which is empty where none stands there; `database` may stand before both."""
        parts = [self.identifier()]
        while self.take("."):
            parts.append(self.identifier())
        if len(parts) == 3 and parts[0] == database:
            del parts[0]
        if len(parts) > 2:
            raise RedshiftError(f'database "{parts[0]}" does not exist', "3D000")
        return (parts[0], parts[1]) if len(parts) == 2 else ("", parts[0])

    def names(self) -> list[str]:
        """Take names in parentheses."""
        self.expect("(")
        found = [self.identifier()]
        while self.take(","):
            found.append(self.identifier())
        self.expect(")")
        return found

    def value(self) -> str:
        """Take a text, number or word as it is meant."""
        return self.token().value

    def text(self) -> str:
        """Take a text in quotes."""
        return self._token_of("text", "body").value

    def separator(self) -> str:
        """Take a text that says what parts fields: a character, or what a backslash and more stand for."""
        written = self._token_of("text").text[1:-1]
        if octal := OCTAL.fullmatch(written):
            return chr(int(octal[1], 8))
        return SPELLED.get(written, written.replace("''", "'"))

    def number(self) -> float:
        """Take a number."""
        return float(self._token_of("number").text)

    def integer(self) -> int:
        """Take a whole number."""
        if "." in self.next.text:
            raise self.unexpected()
        return int(self._token_of("number").text)

    def pairs(self) -> dict[str, str]:
        """Take ('a' = 'b', ...)."""
        self.expect("(")
        found: dict[str, str] = {}
        while not found or self.take(","):
            key = self.text()
            self.expect("=")
            found[key] = self.text()
        self.expect(")")
        return found

    def expression(self, *ends: str) -> str:
        """Take everything up to one of these words, a comma or a parenthesis that was not opened here."""
        depth, start = 0, self.next.start
        last = start
        while not self.ended:
            if depth == 0 and (self.next.upper in ends or self.next.text in {",", ")"}):
                break
            depth += {"(": 1, ")": -1}.get(self.next.text, 0)
            last = self.token().end
        if last == start:
            raise self.unexpected()
        return self.statement.text[start:last]

    def rest(self) -> str:
        """Take everything that is left, as it is written."""
        text = self.statement.text[self.next.start :] if not self.ended else ""
        self.place = len(self.statement.tokens)
        return text

    def end(self) -> None:
        """Make sure that nothing is left."""
        if not self.ended:
            raise self.unexpected()

    def unexpected(self) -> RedshiftError:
        """Return the error that something else should stand here."""
        return syntax_error(self.next.text)

    def _token_of(self, *kinds: str) -> Token:
        if self.next.kind not in kinds:
            raise self.unexpected()
        return self.token()


@dataclass(frozen=True)
class Dropping:
    """What DROP TABLE or DROP VIEW names, each with its schema; `lenient` where it need not be there."""

    names: tuple[tuple[str, str], ...]
    lenient: bool
    cascade: bool


def read_drop(statement: Statement, database: str) -> Dropping:
    """Read DROP of tables or views; `database` may stand before their schemas."""
    reader = Reader(statement, 2)
    lenient = reader.take("IF", "EXISTS")
    names = [reader.name(database)]
    while reader.take(","):
        names.append(reader.name(database))
    cascade = reader.one_of("CASCADE", "RESTRICT") == "CASCADE"
    reader.end()
    return Dropping(tuple(names), lenient, cascade)
