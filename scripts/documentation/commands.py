"""The reference of commands: the targets of the Makefile, and every program with its arguments."""

from __future__ import annotations

import argparse
import importlib
import os
import re
from collections.abc import Iterator
from unittest import mock

from scripts.documentation.places import REPOSITORY
from scripts.markdown import block, code, page, table

PAGE = "reference/commands.md"
TARGET = re.compile(r"^([a-z]+):[^#\n]*## (.+)$", re.MULTILINE)
PROGRAMS = {
    "Configuration": ("switchyard.configuration.__main__",),
    "Synonyms": ("switchyard.synonyms.__main__",),
    "Ledger": ("switchyard.ledger.__main__",),
    "Sandbox": ("sandbox.cli",),
    "Demo": ("demo.__main__", "demo.shop", "demo.customers", "demo.retail"),
    "Resilience": ("resilience.__main__",),
    "Generated pages": ("scripts.dag_pages", "scripts.cloudformation_page"),
}
"""The modules whose ``main`` reads a command line, by what they are for."""


class _ParserAsked(Exception):
    """Carries a program's parser out of the program before it does anything."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        super().__init__()
        self.parser = parser


def pages() -> dict[str, str]:
    """The page by its place below the folder of the documentation."""
    programs = [part for title, modules in PROGRAMS.items() for part in _programs(title, modules)]
    return {
        PAGE: page(
            "# Commands",
            "`make` alone lists its targets. Each gets the machine ready by itself.",
            "## Make",
            table(("command", "what it does"), ((code(f"make {name}"), text) for name, text in targets())),
            "## Programs",
            "They run from the root of the repository, as `PYTHONPATH=.:plugins .venv/bin/python -m NAME`.",
            *programs,
            "### In what the demo left up",
            "After `KEEP=1 make demo`, `.venv/bin/python -m scripts.in_demo COMMAND` runs a command with Airflow's "
            "settings and connections, the sandbox's address and credentials, and the ledger's connection string in "
            "`LEDGER`.",
        )
    }


def targets() -> list[tuple[str, str]]:
    """Name and explanation of each target of the Makefile."""
    return TARGET.findall((REPOSITORY / "Makefile").read_text(encoding="utf-8"))


def parser_of(module: str) -> argparse.ArgumentParser:
    """The parser that a program makes in its ``main``.

    Raises:
        LookupError: its ``main`` makes none.
    """

    def ask(parser: argparse.ArgumentParser, *_: object) -> None:
        raise _ParserAsked(parser)

    with mock.patch.object(argparse.ArgumentParser, "parse_args", ask):
        try:
            importlib.import_module(module).main([])
        except _ParserAsked as asked:
            return asked.parser
    raise LookupError(f"{module}: its main reads no arguments")


def _programs(title: str, modules: tuple[str, ...]) -> Iterator[str]:
    yield f"### {title}"
    for module in modules:
        parser = parser_of(module)
        with mock.patch.dict(os.environ, {"COLUMNS": "100", "NO_COLOR": "1"}):
            yield block(parser.format_help(), "text")
            for help_text in _of_subcommands(parser):
                yield block(help_text, "text")


def _of_subcommands(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in dict.fromkeys(action.choices.values()):
                if len(command._actions) > 1:
                    yield command.format_help()
                yield from _of_subcommands(command)
