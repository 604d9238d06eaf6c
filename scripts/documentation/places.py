"""Where things of the repository are on the site."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PLUGIN = REPOSITORY / "plugins" / "switchyard"
OPERATORS = PLUGIN / "operators"
PIPELINES = REPOSITORY / "include" / "pipelines"
SCHEMAS = PIPELINES / "schema"
SQL = REPOSITORY / "include" / "sql"


def from_root(path: Path) -> str:
    """A path as links and readers know it, from the root of the repository."""
    return path.relative_to(REPOSITORY).as_posix()
