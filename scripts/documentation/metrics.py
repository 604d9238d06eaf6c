"""The reference of metrics, from their catalogue and from the operators that send them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scripts.documentation.operators import anchors
from scripts.documentation.places import OPERATORS
from scripts.markdown import code, page, table
from switchyard.observability import metrics

PAGE = "reference/metrics.md"
TITLES = {
    "step": "Every step",
    "recovery": "Recovery",
    "synonyms": "Synonyms",
    "discovery": "Sensitive data",
    "load": "Federated loads",
    "warehouse": "Warehouses",
}
"""The heading of each group, by the first part of a metric's name."""


def pages() -> dict[str, str]:
    """The page by its place below the folder of the documentation."""
    known, places = senders(), anchors()
    groups = dict.fromkeys(one.name.partition(".")[0] for one in metrics.all_metrics())
    parts = [part for group in groups for part in _section(group, known, places)]
    labels = {**metrics.LABELS, metrics.OUTCOME: f"Of steps alone: {', '.join(metrics.OUTCOMES)}"}
    return {
        PAGE: page(
            "# Metrics",
            "Sent through Airflow's own statistics, so that its section `[metrics]` decides whether and where to: "
            "[how to observe the pipelines](../how-to/observe.md). Airflow puts its prefix, `airflow.`, before each "
            "name. A value is sent when its step knows it; in a dry run, only what was really read. A step that is "
            "killed after its work and before Airflow knows of it counts once more when it runs again.",
            "## Labels",
            table(("label", "meaning"), ((code(name), text) for name, text in labels.items())),
            *parts,
        )
    }


def senders() -> dict[str, list[str]]:
    """The operators that send each metric, by the metric's name; none are named for what every step sends."""
    found: dict[str, list[str]] = {}
    for path in sorted(OPERATORS.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                for constant in _sent(node):
                    found.setdefault(getattr(metrics, constant).name, []).append(node.name)
    return found


def _sent(operator: ast.ClassDef) -> Iterator[str]:
    """Constants of the catalogue that the class reports from its result, or measures on its way."""
    for call in (node for node in ast.walk(operator) if isinstance(node, ast.Call)):
        name = ast.unparse(call.func)
        given = [keyword.value for keyword in call.keywords] if name == "metrics.reported" else call.args[1:2]
        if name in ("metrics.reported", "self.measure"):
            yield from (ast.unparse(one).removeprefix("metrics.") for one in given)


def _section(group: str, known: dict[str, list[str]], places: dict[str, str]) -> tuple[str, str]:
    def row(one: metrics.Metric) -> tuple[str, ...]:
        by = ", ".join(f"[{code(name)}](../{places[name]})" for name in known.get(one.name, []))
        return code(one.full_name), one.kind, one.unit, f"{one.about}.", by or "every step"

    rows = [row(one) for one in metrics.all_metrics() if one.name.startswith(f"{group}.")]
    return f"## {TITLES[group]}", table(("metric", "kind", "unit", "meaning", "sent by"), rows)
