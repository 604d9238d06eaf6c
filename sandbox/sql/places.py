"""Where in a statement's text something stands, as errors say it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlglot import exp

from sandbox.sql.errors import SqlError

Result = TypeVar("Result")


class Text:
    """A text, of which trees were parsed."""

    def __init__(self, text: str) -> None:
        self._text = text

    def locating(self, node: exp.Expr, action: Callable[[], Result]) -> Result:
        """Return an action's result; its error gains the place of the node."""
        try:
            return action()
        except SqlError as error:
            if error.message.startswith("line "):
                raise
            raise SqlError(error.name, f"{self.place(node)}{error.message}") from error

    def place(self, node: exp.Expr) -> str:
        """Return "line 1:8: ", where a node begins; nothing where that is not known."""
        starts = [
            one.meta["start"] for one in node.find_all(exp.Identifier) if one._meta and "start" in one.meta
        ]
        if not starts:
            return ""
        before = self._text[: min(starts)]
        return f"line {before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}: "


def placed_as(found: exp.Expr, named: exp.Expr) -> exp.Expr:
    """Let a resolved column keep the place of its name in the text."""
    identifier = named.find(exp.Identifier)
    if identifier is not None and "start" in identifier.meta:
        for one in found.find_all(exp.Identifier):
            one.meta["start"] = identifier.meta["start"]
    return found
