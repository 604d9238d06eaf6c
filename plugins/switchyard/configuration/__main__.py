"""Checks configuration files, writes their schemas, and writes many files from one template, without Airflow running.

Usage:
    python -m switchyard.configuration check [FOLDER]
    python -m switchyard.configuration schema [FOLDER]
    python -m switchyard.configuration fleet TEMPLATE LIST [FOLDER]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from switchyard.configuration import fleet, places, schema
from switchyard.configuration.loader import load
from switchyard.errors import BadInput


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 says that all is well, 1 that there are errors."""
    options = _parser().parse_args(arguments)
    if options.command == "check":
        return _check(options.folder)
    home = options.folder or places.pipelines_folder()
    if home is None:
        _say(str(places.nowhere(None)))
        return 1
    return _write_schemas(home) if options.command == "schema" else _write_fleet(options, home)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m switchyard.configuration", description=__doc__.split("\n")[0]
    )
    commands = parser.add_subparsers(dest="command", required=True)
    texts = {
        "check": "print every error of every file",
        "schema": "write the JSON Schemas",
        "fleet": "write one file for each line of a list",
    }
    for name, text in texts.items():
        command = commands.add_parser(name, help=text, description=text)
        if name == "fleet":
            command.add_argument("template", type=Path, help="YAML with ${column} where the files differ")
            command.add_argument(
                "table", type=Path, metavar="list", help="CSV with a column name, and others"
            )
        command.add_argument(
            "folder", type=Path, nargs="?", help="folder of the files, include/pipelines if left out"
        )
    return parser


def _check(folder: Path | None) -> int:
    loaded = load(folder)
    for error in loaded.errors:
        _say(str(error))
    names = ", ".join(instance.pipeline for instance in loaded.instances) or "none"
    _say(f"{len(loaded.errors)} errors; valid: {names}")
    return 1 if loaded.errors else 0


def _write_schemas(home: Path) -> int:
    for path in schema.write(home):
        _say(f"wrote {path}")
    return 0


def _write_fleet(options: argparse.Namespace, home: Path) -> int:
    try:
        changed = fleet.write(options.template, options.table, home)
    except (BadInput, OSError) as error:
        _say(f"nothing was written: {error}")
        return 1
    for path in changed:
        _say(f"wrote {path}")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
