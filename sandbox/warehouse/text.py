"""The words of a statement, found without knowing its grammar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from sandbox.warehouse.errors import RedshiftError, syntax_error

TOKEN = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|/\*.*?\*/)
  | (?P<text>'(?:[^'\\]|''|\\.)*')
  | (?P<name>"(?:[^"]|"")+")
  | (?P<body>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
  | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)
  | (?P<word>[#]?[A-Za-z_\u00c0-\u1fff][\w$\u00c0-\u1fff]*)
  | (?P<sign>::|<>|!=|<=|>=|\|\||[-+*/%^<>=~!@&|(),.;:\[\]?{}#])
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A word, name in double quotes, text, number or sign, and where it stands."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        """The word in capitals, for comparison with keywords; other tokens as they are."""
        return self.text.upper() if self.kind == "word" else self.text

    @property
    def identifier(self) -> str:
        """The name that a word or a text in double quotes means where case does not count."""
        return (self.text[1:-1].replace('""', '"') if self.kind == "name" else self.text).lower()

    @property
    def value(self) -> str:
        """The content of a text in single quotes or between dollar signs; other tokens as they are."""
        if self.kind == "text":
            return re.sub(r"''|\\(.)", lambda found: found[1] or "'", self.text[1:-1], flags=re.DOTALL)
        if self.kind == "body":
            return self.text[self.text.index("$", 1) + 1 : self.text.rindex("$", 0, len(self.text) - 1)]
        return self.text


def tokens(text: str) -> Iterator[Token]:
    """List the tokens of a text without spaces and comments.

    Raises:
        RedshiftError: a quotation does not end, or a character has no meaning.
    """
    place = 0
    while place < len(text):
        found = TOKEN.match(text, place)
        if found is None:
            if text[place] in "'\"$":
                raise RedshiftError(f'unterminated quoted string at or near "{text[place:]}"', "42601")
            raise syntax_error(text[place])
        kind = found.lastgroup if found.lastgroup != "tag" else "body"
        if kind and kind != "space":
            yield Token("body" if found["body"] else kind, found[0], place, found.end())
        place = found.end()


@dataclass(frozen=True)
class Statement:
    """One statement: its text without a semicolon, and its tokens."""

    text: str
    tokens: tuple[Token, ...]

    @cached_property
    def leading(self) -> str:
        """The first words in capitals, one space between them, as forms of statements are told apart."""
        return " ".join(token.upper for token in self.tokens[:12])

    def after(self, words: int) -> str:
        """Return the text behind so many tokens."""
        return self.text[self.tokens[words].start :] if words < len(self.tokens) else ""


def read(text: str) -> Statement:
    """Return the one statement of a text.

    Raises:
        RedshiftError: there is none, or more than one.
    """
    found = list(tokens(text))
    while found and found[-1].text == ";":
        found.pop()
    if not found:
        raise RedshiftError("Query text is empty", "42601")
    if any(token.text == ";" for token in found):
        raise RedshiftError("cannot insert multiple commands into a prepared statement", "42601")
    body = text[found[0].start : found[-1].end]
    shift = found[0].start
    return Statement(body, tuple(Token(t.kind, t.text, t.start - shift, t.end - shift) for t in found))
