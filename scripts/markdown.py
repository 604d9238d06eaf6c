"""Markdown that the scripts write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are Markdown of one line, in which bars need no escape."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def code(text: object) -> str:
    """A piece of code within a line, whatever backticks it has."""
    written = str(text)
    fence = "`" * (max((len(run) for run in re.findall("`+", written)), default=0) + 1)
    space = " " if "`" in written else ""
    return f"{fence}{space}{written}{space}{fence}"


def block(text: str, language: str = "") -> str:
    """A block of code, fenced by more backticks than the text has in a row."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def prose(docstring: str) -> str:
    """A docstring's paragraphs as Markdown: its double backticks become single ones."""
    return docstring.replace("``", "`").strip()


def page(*parts: str) -> str:
    """A page of these parts, without the empty ones."""
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"
