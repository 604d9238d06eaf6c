"""Leads links to files of the repository to their pages on the site.

Pages that people write link to the code itself, so that they can be followed wherever the repository is read. On the
site such a link leads to the page about the file where there is one, and else to a page that shows the file.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from pathlib import Path

from scripts.documentation import commands, configuration, errors, ledger, operators, sql_files
from scripts.documentation.places import OPERATORS, PIPELINES, PLUGIN, REPOSITORY, SCHEMAS, SQL
from scripts.markdown import block, page

FOLDER = "source"
DOCS = "docs"
HIDDEN = "---\nsearch:\n  exclude: true\nhide:\n  - navigation\n---"
LANGUAGES = {
    ".py": "python",
    ".sql": "sql",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".toml": "toml",
}
PAGES = {
    REPOSITORY: "README.md",
    REPOSITORY / "README.md": "README.md",
    REPOSITORY / "Makefile": commands.PAGE,
    OPERATORS: f"{operators.FOLDER}/index.md",
    PIPELINES: f"{configuration.FOLDER}/index.md",
    SCHEMAS: f"{configuration.FOLDER}/index.md",
    PLUGIN / "errors.py": f"{errors.FOLDER}/index.md",
    PLUGIN / "aws" / "error_table.py": f"{errors.FOLDER}/aws.md",
    PLUGIN / "ledger" / "migrations" / "versions": ledger.PAGE,
}
"""Files and folders that a page of the site is about."""
_FENCED = re.compile(r"(^ {0,3}(`{3,}|~{3,}).*?^ {0,3}\2[`~]* *$)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(\[(?P<label>[^\]]*)\]\()(?P<to>(?!https?:|mailto:|#|<)[^)\s#]+)(?P<at>#[^)\s]*)?\)")


class Sources:
    """The links out of the folder of the documentation, and the pages that they need."""

    def __init__(self) -> None:
        self._operators = operators.anchors()
        self.shown: set[Path] = set()

    def led(self, text: str, page_path: str) -> str:
        """A page's text with its links out of the folder led to pages of the site.

        Args:
            text: its Markdown.
            page_path: where the page is below the folder of the documentation.
        """
        home = posixpath.dirname(f"{DOCS}/{page_path}")

        def lead(match: re.Match[str]) -> str:
            target = posixpath.normpath(posixpath.join(home, match["to"]))
            if target.startswith(f"{DOCS}/") or not (REPOSITORY / target).exists():
                return match[0]  # the site's own to follow, or to complain about
            place = self._place(REPOSITORY / target, match["label"])
            anchor = "" if "#" in place else match["at"] or ""
            return f"{match[1]}{posixpath.relpath(f'{DOCS}/{place}', home)}{anchor})"

        return _outside_code(text, lambda prose: _LINK.sub(lead, prose))

    def _place(self, path: Path, label: str) -> str:
        """Where a file or folder of the repository is shown, below the folder of the documentation."""
        if path in PAGES:
            return PAGES[path]
        if path.is_relative_to(SQL):
            return sql_files.anchor(path)
        if label.strip("`") in self._operators and path.is_relative_to(OPERATORS):
            return self._operators[label.strip("`")]
        return self._configuration(path) or self._source(path)

    def _configuration(self, path: Path) -> str | None:
        if not path.is_relative_to(PIPELINES):
            return None
        kind = path.stem if path.parent == SCHEMAS else path.relative_to(PIPELINES).parts[0]
        anchor = f"#{path.stem}" if path.suffix == ".yaml" else ""
        return f"{configuration.FOLDER}/{kind}.md{anchor}"

    def _source(self, path: Path) -> str:
        self.shown.add(path)
        return f"{FOLDER}/{path.relative_to(REPOSITORY).as_posix()}{'/index' if path.is_dir() else ''}.md"

    def pages(self) -> dict[str, str]:
        """The pages that show what was linked to, by their place."""
        return {
            self._source(path): _folder(path) if path.is_dir() else _file(path) for path in sorted(self.shown)
        }


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    """The text with everything changed but its blocks of code."""
    parts, last = [], 0
    for match in _FENCED.finditer(text):
        parts += [change(text[last : match.start()]), match[0]]
        last = match.end()
    return "".join([*parts, change(text[last:])])


def _file(path: Path) -> str:
    name = path.relative_to(REPOSITORY).as_posix()
    return page(
        HIDDEN,
        f"# {path.name}",
        f"`{name}`",
        block(path.read_text("utf-8"), LANGUAGES.get(path.suffix, "text")),
    )


def _folder(path: Path) -> str:
    name = path.relative_to(REPOSITORY).as_posix()
    inner = sorted(
        one.relative_to(path).as_posix() for one in path.rglob("*") if one.is_file() and one.suffix != ".pyc"
    )
    return page(HIDDEN, f"# {path.name}", f"The files of `{name}`:", "\n".join(f"- `{one}`" for one in inner))
