"""Settings of an index: flat names with text values, as OpenSearch keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.search.errors import IllegalArgument

Flat = dict[str, Any]

DEFAULTS: Mapping[str, str] = {"index.number_of_shards": "5", "index.number_of_replicas": "1"}
"""What Amazon OpenSearch Service gives an index that does not say."""

FINAL = ("index.number_of_shards", "index.uuid", "index.version.created", "index.creation_date")
DYNAMIC = (
    "index.number_of_replicas",
    "index.auto_expand_replicas",
    "index.refresh_interval",
    "index.max_result_window",
    "index.hidden",
    "index.priority",
    "index.blocks.",
)
_KNOWN = (*FINAL, *DYNAMIC, "index.analysis.", "index.mapping.", "index.codec", "index.max_ngram_diff")


def flatten(settings: Mapping[str, Any]) -> Flat:
    """Give settings their full names, whichever way they were written.

    Raises:
        IllegalArgument: OpenSearch has no such setting, or the sandbox does not know it.
    """
    found: Flat = {}
    for name, value in _pairs(settings, ""):
        full = name if name.startswith("index.") else f"index.{name}"
        if not full.startswith(_KNOWN):
            raise IllegalArgument(
                f"unknown setting [{full}] please check that any required plugins are installed, or check the "
                "breaking changes documentation for removed settings"
            )
        found[full] = value
    return found


def _pairs(settings: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _pairs(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            yield f"{prefix}{name}", [_text(each) for each in value]
        else:
            yield f"{prefix}{name}", None if value is None else _text(value)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def nest(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Give settings as nested objects, the way they are shown."""
    found: dict[str, Any] = {}
    for name, value in sorted(flat.items()):
        *parents, last = name.split(".")
        inner = found
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[last] = value
    return found


def check_change(change: Flat, index: str, *, closed: bool) -> None:
    """Hold a change of settings to what may change when.

    Raises:
        IllegalArgument: one of them cannot change now, or ever.
    """
    final = sorted(name for name in change if name in FINAL)
    if final:
        raise IllegalArgument(f"final {index} setting [{final[0]}], not updateable")
    fixed = sorted(name for name in change if not name.startswith(DYNAMIC))
    if fixed and not closed:
        raise IllegalArgument(
            f"Can't update non dynamic settings [[{', '.join(fixed)}]] for open indices [[{index}]]"
        )


def apply(settings: Flat, change: Flat) -> Flat:
    """Give settings after a change; null takes a setting back to its default."""
    merged = {**settings, **change}
    return {name: value for name, value in merged.items() if value is not None} | {
        name: value for name, value in DEFAULTS.items() if merged.get(name) is None
    }
