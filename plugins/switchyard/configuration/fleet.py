"""Many configuration files from one template and a list: a file for each line, all checked before any is written."""

from __future__ import annotations

import csv
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from switchyard.configuration.loader import MODELS, load
from switchyard.errors import BadInput

_NAME = "name"
_PLAIN = re.compile(r"[A-Za-z0-9_.:/@+-]+")
"""Values of a list that mean the same anywhere in YAML text; anything else belongs into the template."""

_COLUMN = re.compile(r"\$\{(\w+)\}")
_HEADER = (
    "# Written by `python -m switchyard.configuration fleet` from {template} and {table}; change those.\n"
)


def write(template: Path, table: Path, folder: Path) -> list[Path]:
    """Write one configuration for each line of a list, or none where one of them would be wrong.

    Args:
        template: YAML with ``${column}`` where the configurations differ; its parent names the pipeline.
        table: CSV whose first line names the columns; ``name`` is one of them.
        folder: the folder of configuration files, include/pipelines.

    Returns:
        The files that were written or changed.

    Raises:
        BadInput: the list or the template is malformed, or a configuration made of them has an error.
    """
    pipeline = template.parent.name
    if pipeline not in MODELS:
        raise BadInput(
            "template",
            str(template),
            f"its folder is none of {', '.join(MODELS)}",
            "Move it into such a folder",
        )
    header = _HEADER.format(template=template.name, table=table.name)
    texts = {f"{row[_NAME]}.yaml": header + _filled(template, row) for row in _rows(table)}
    _check(folder, pipeline, texts)
    home = folder / pipeline
    home.mkdir(parents=True, exist_ok=True)
    changed = [home / file for file, text in texts.items() if _differs(home / file, text)]
    for path in changed:
        path.write_text(texts[path.name], encoding="utf-8")
    return changed


def _rows(table: Path) -> Iterator[Mapping[str, str]]:
    with table.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, strict=True)
        if _NAME not in (reader.fieldnames or ()):
            raise BadInput("list", str(table), "it has no column name", "Name the columns in its first line")
        seen = set()
        for row in reader:
            where = f"{table.name}, line {reader.line_num}"
            for column, value in row.items():
                if not isinstance(value, str) or not _PLAIN.fullmatch(value):
                    raise BadInput(
                        f"{where}, {column}",
                        value,
                        "a plain word was expected",
                        "Write the rest into the template",
                    )
            if row[_NAME] in seen:
                raise BadInput(f"{where}, name", row[_NAME], "it occurs twice", "Remove one of them")
            seen.add(row[_NAME])
            yield row


def _filled(template: Path, row: Mapping[str, str]) -> str:
    text = template.read_text(encoding="utf-8")
    if missing := set(_COLUMN.findall(text)) - row.keys():
        raise BadInput(
            "template", str(template), f"the list has no column {min(missing)}", "Add it to the list"
        )
    return _COLUMN.sub(lambda column: row[column[1]], text)


def _check(folder: Path, pipeline: str, texts: Mapping[str, str]) -> None:
    """Load the folder as it would be; its other files matter where two would change the same thing."""
    with tempfile.TemporaryDirectory() as scratch:
        tried = Path(scratch) / "include" / "pipelines"
        for model in MODELS:
            if (folder / model).is_dir():
                shutil.copytree(folder / model, tried / model)
        (tried / pipeline).mkdir(parents=True, exist_ok=True)
        for file, text in texts.items():
            (tried / pipeline / file).write_text(text, encoding="utf-8")
        if errors := load(tried).errors:
            raise BadInput(
                "configuration", f"{len(errors)} errors", str(errors[0]), "Correct the list or the template"
            )


def _differs(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_text(encoding="utf-8") != text
