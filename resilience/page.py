"""The page of figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from resilience.running import Result
from scripts.markdown import code, page, table

WRITTEN = "<!-- Written by `make resilience`; run that instead of changing this. -->"
SAYS = (
    "Everything that can break is broken on purpose here, and what is lost is counted: nothing may be. "
    "`make resilience` runs all of it again, in an hour at most, and writes this page; `SECTION=NAME make resilience` "
    "runs one section, prints it, and puts it in its place here. A section is red where a test fails, where anything "
    "was lost, and where its time is up."
)


def written(results: Sequence[Result], machine: str) -> str:
    """The page of these results, which a machine has had."""
    return page(
        WRITTEN,
        "# Resilience",
        SAYS,
        f"Taken on {machine}, in {_duration(sum(one.seconds for one in results))} together.",
        table(
            ("section", "", "tests passed", "failed", "lost", "took", "begun", "commit"), map(_line, results)
        ),
        *(part for result in results for part in _parts(result)),
    )


def _line(result: Result) -> tuple[str, ...]:
    section = result.section
    return (
        f"[{section.title}](#{section.title.lower().replace(' ', '-')})",
        _state(result),
        str(result.passed),
        str(len(result.failed)),
        f"{result.lost:g}" if any("lost" in row for row in result.rows) else "",
        _duration(result.seconds),
        result.moment,
        code(result.commit),
    )


def _parts(result: Result) -> tuple[str, ...]:
    section = result.section
    variables = ", ".join(code(f"{name}={value}") for name, value in section.environment.items())
    tests = ", ".join(code(test) for test in section.tests)
    return (
        f"## {section.title}",
        section.breaks,
        f"Tests: {tests}{f', with {variables}' if variables else ''}.",
        "\n".join(f"- **red**: {code(reason)}" for reason in result.red),
        _figures(result),
    )


def _figures(result: Result) -> str:
    columns = result.section.columns
    if not columns or not result.rows:
        return ""
    head = tuple(name.replace("_", " ").replace("aws", "AWS") for name in columns)
    rows = sorted(tuple(_cell(row.get(name, "")) for name in columns) for row in result.rows)
    return table(head, rows)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def _state(result: Result) -> str:
    return "**red**" if result.red else "green"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
