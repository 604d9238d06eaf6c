"""Writes the second half of docs/reference/cloudformation.md from the templates, or tells whether it is current.

Usage:
    PYTHONPATH=.:plugins python -m scripts.cloudformation_page write
    PYTHONPATH=.:plugins python -m scripts.cloudformation_page check
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cfnlint.decode import decode

REPOSITORY = Path(__file__).resolve().parents[1]
TEMPLATES = REPOSITORY / "deploy" / "cloudformation"
PAGE = REPOSITORY / "docs" / "reference" / "cloudformation.md"
ORDER = (
    *(f"sensitive_data_discovery/{name}" for name in ("macie", "account", "feed", "database")),
    "aurora_recovery/source",
    "aurora_recovery/target",
    "synonym_refresh/account",
    "federated_load/account",
)
"""The templates of each pipeline in the order in which they are deployed."""

MARK = "<!-- The rest is written by `python -m scripts.cloudformation_page write` from the templates; change those. -->"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 1 says that the page is not current."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.cloudformation_page", description=__doc__.split("\n")[0]
    )
    parser.add_argument("command", choices=["write", "check"])
    command = parser.parse_args(arguments).command
    if command == "write":
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") == page():
        return 0
    sys.stdout.write(
        f"{PAGE.relative_to(REPOSITORY)} is not current. Run: python -m scripts.cloudformation_page write\n"
    )
    return 1


def page() -> str:
    """Return the page's text: what people wrote down to the mark, then what the templates say."""
    by_hand = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    return by_hand + MARK + "\n" + "".join(_section(name) for name in ORDER)


def read(path: Path) -> Mapping[str, Any]:
    """Read a template, short forms of functions included.

    Raises:
        ValueError: it is not YAML.
    """
    template, problems = decode(str(path))
    if template is None or problems:
        raise ValueError(f"{path}: {problems}")
    return template


def _section(name: str) -> str:
    template = read(TEMPLATES / f"{name}.yaml")
    link = f"[{name}.yaml](../../deploy/cloudformation/{name}.yaml)"
    kinds = Counter(one["Type"] for one in template["Resources"].values())
    made = ", ".join(f"{count} `{kind}`" for kind, count in sorted(kinds.items()))
    parts = [
        f"## {name}.yaml",
        f"{link}: {template['Description'].strip()}",
        f"Makes {made}.",
        _table(("parameter", "default", "takes", "meaning"), _parameters(template.get("Parameters", {}))),
        _table(("output", "meaning"), _outputs(template.get("Outputs", {}))),
    ]
    return "\n" + "\n\n".join(parts) + "\n"


def _parameters(declared: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for name, rules in declared.items():
        default = f"`{rules['Default']}`" if rules.get("Default") not in {None, ""} else ""
        wanted = default if "Default" not in rules or default else "empty"
        yield f"`{name}`", wanted or "none, required", _takes(rules), " ".join(rules["Description"].split())


def _takes(rules: Mapping[str, Any]) -> str:
    if "AllowedValues" in rules:
        return ", ".join(f"`{value}`" for value in rules["AllowedValues"])
    if "MinValue" in rules:
        return (
            f"{rules['MinValue']} to {rules['MaxValue']}"
            if "MaxValue" in rules
            else f"{rules['MinValue']} or more"
        )
    if "ConstraintDescription" in rules:
        return str(rules["ConstraintDescription"])
    return {"String": "text"}.get(rules["Type"], f"`{rules['Type']}`")


def _outputs(declared: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for name, one in declared.items():
        yield f"`{name}`", " ".join(one["Description"].split())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
