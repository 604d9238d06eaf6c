"""Checks configuration files, writes their schemas, and writes many files from one template, without Airflow running.

Usage:
    python -m switchyard.configuration check [FOLDER or FILE]
    python -m switchyard.configuration schema [FOLDER]
    python -m switchyard.configuration fleet TEMPLATE LIST [FOLDER]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path, PurePath

from switchyard.configuration import fleet, places, schema
from switchyard.configuration.loader import MODELS, load
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
        what = "folder of the files, or one of them" if name == "check" else "folder of the files"
        command.add_argument("folder", type=Path, nargs="?", help=f"{what}; include/pipelines if left out")
    return parser


def _check(place: Path | None) -> int:
    folder, only = _home(place)
    loaded = load(folder)  # all of it, as files may claim one and the same thing
    errors = [error for error in loaded.errors if _is_of(error.file, only)]
    for error in errors:
        _say(str(error))
    sound = [one.pipeline for one in loaded.instances if not one.is_contested]
    valid = [name for name in sound if _is_of(name, only)]
    count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
    _say(f"{count}; valid: {', '.join(valid) or 'none'}")
    return 1 if errors else 0


def _home(place: Path | None) -> tuple[Path | None, PurePath | None]:
    """Split what somebody names into the folder of all files, and the part of it that is asked for, None for all."""
    path = place.absolute() if place else None
    if path and path.is_dir() and path.name in MODELS:
        return path.parent, PurePath(path.name)
    if path and path.is_file() and path.parent.name in MODELS:
        return path.parent.parent, PurePath(path.parent.name, path.stem)
    return place, None


def _is_of(name: str, part: PurePath | None) -> bool:
    path = PurePath(name).with_suffix("")
    return part is None or part in (path, *path.parents)


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
