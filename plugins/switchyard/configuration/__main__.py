"""Checks configuration files and writes their schemas, without Airflow running.

Usage:
    python -m switchyard.configuration check [FOLDER]
    python -m switchyard.configuration schema [FOLDER]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from switchyard.configuration import places, schema
from switchyard.configuration.loader import load


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 says that all is well, 1 that there are errors."""
    options = _parser().parse_args(arguments)
    return _check(options.folder) if options.command == "check" else _write_schemas(options.folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m switchyard.configuration", description=__doc__.split("\n")[0]
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("check", "print every error of every file"), ("schema", "write the JSON Schemas")):
        command = commands.add_parser(name, help=text, description=text)
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


def _write_schemas(folder: Path | None) -> int:
    home = folder or places.pipelines_folder()
    if home is None:
        _say(str(places.nowhere(None)))
        return 1
    for path in schema.write(home):
        _say(f"wrote {path}")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
