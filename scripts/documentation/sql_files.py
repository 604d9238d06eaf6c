"""The reference of SQL files, from their header comments."""

from __future__ import annotations

import re
from itertools import takewhile
from pathlib import Path

from scripts.documentation.places import SQL, from_root
from scripts.markdown import block, code, page, table

FOLDER = "reference/sql"
TITLES = {
    "athena": ("Athena", "The register of sensitive data: its tables, and the questions to them."),
    "aurora_recovery": (
        "Aurora recovery",
        "What is asked of a database before its snapshot and after its restore.",
    ),
    "federated_load": (
        "Sources of federated loads",
        "What is asked of a live database that a warehouse is loaded from.",
    ),
    "redshift": ("Redshift", "Everything that a warehouse is told, by part of the load."),
    "reports": ("Reports of the ledger", "Questions to the ledger, for people; run one with `psql -f`."),
    "run_summary": (
        "Summaries of runs",
        "What the ledger holds of one run, for its page in Airflow.",
    ),
    "sensitive_data_discovery": (
        "Sensitive data",
        "What is asked of a database that is searched for personal data.",
    ),
    "synonym_refresh": ("Synonyms", "How the rows of synonyms are read."),
}
_PLACEHOLDER = re.compile(r"\{\{-?\s*([a-z_]+)")
_VALUE = re.compile(r"(?<![:\w]):([a-z_]+)|%\(([a-z_]+)\)s")


def pages() -> dict[str, str]:
    """The pages by their place below the folder of the documentation."""
    folders = sorted(path for path in SQL.iterdir() if path.is_dir())
    written = {f"{FOLDER}/{folder.name}.md": _page(folder) for folder in folders}
    return {f"{FOLDER}/index.md": _index(folders), **written}


def anchor(path: Path) -> str:
    """The place of a file or folder of SQL on the site."""
    inner = path.relative_to(SQL).parts
    if not inner:
        return f"{FOLDER}/index.md"
    return f"{FOLDER}/{inner[0]}.md" + (f"#{_slug(inner[1:])}" if inner[1:] else "")


def header(text: str) -> str:
    """The comment that a file begins with: a paragraph, and a line of code for each command in it."""
    said = [line.lstrip("- ") for line in takewhile(lambda line: line.startswith("--"), text.splitlines())]
    commands = [line for line in said if line.startswith("psql ")]
    words = " ".join(line for line in said if line not in commands)
    return page(words, *(block(command, "bash") for command in commands)).strip()


def _slug(parts: tuple[str, ...]) -> str:
    return "-".join(parts).removesuffix(".sql").replace("_", "-").lower()


def _title(folder: Path) -> tuple[str, str]:
    return TITLES.get(folder.name, (folder.name.replace("_", " ").capitalize(), ""))


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.sql"), key=lambda path: (path.parent.as_posix(), path.name))


def _index(folders: list[Path]) -> str:
    rows = []
    for folder in folders:
        title, words = _title(folder)
        rows.append(
            (f"[{title}]({folder.name}.md)", code(from_root(folder)), str(len(_files(folder))), words)
        )
    return page(
        "# SQL files",
        "SQL lies in files, one statement each, by engine and purpose. Identifiers are put in between double braces, "
        "quoted by the engine's rules; values are named parameters and never become text.",
        table(("page", "folder", "files", "what"), rows),
    )


def _page(folder: Path) -> str:
    title, words = _title(folder)
    parts = [f"# {title}", words]
    last = folder
    for path in _files(folder):
        if path.parent != last:
            last = path.parent
            inner = last.relative_to(SQL).parts
            parts.append(f"## {' / '.join(inner[1:])} {{ #{_slug(inner[1:])} }}")
        text = path.read_text(encoding="utf-8")
        heading = "##" if last == folder else "###"
        parts += [f"{heading} {path.stem} {{ #{_slug(path.relative_to(SQL).parts[1:])} }}", header(text)]
        parts += [_inputs(text), block(_statement(text), "sql")]
    return page(*parts)


def _statement(text: str) -> str:
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if not line.startswith("--")), 0)
    return "\n".join(lines[start:]).strip("\n")


def _inputs(text: str) -> str:
    statement = _statement(text)
    places = sorted(set(_PLACEHOLDER.findall(statement)))
    values = sorted({one or other for one, other in _VALUE.findall(re.sub(r"'[^']*'", "''", statement))})
    told = [f"identifiers {', '.join(map(code, places))}"] if places else []
    told += [f"values {', '.join(map(code, values))}"] if values else []
    return f"Takes {' and '.join(told)}." if told else ""
