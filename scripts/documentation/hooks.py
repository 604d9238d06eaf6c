"""What MkDocs calls while it builds the site: adds the pages written from code, leads links, completes the menu."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from scripts.documentation import commands, configuration, errors, ledger, metrics, operators, sql_files
from scripts.documentation.sources import Sources

GENERATORS = (operators, configuration, sql_files, errors, ledger, metrics, commands)
_led: dict[str, str] = {}
"""The text of each page of the build under way, its links led, by the page's place."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are written from code, and those that show what any page links to."""
    for generator in GENERATORS:
        _add(files, config, generator.pages())
    sources = Sources()
    _led.clear()
    for file in files.documentation_pages():
        _led[file.src_uri] = sources.led(file.content_string, file.src_uri)
    _add(files, config, sources.pages())
    if config.nav is not None:
        config.nav = completed(config.nav, [file.src_uri for file in files.documentation_pages()])
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Hand on a page's text with its links led."""
    del config, files
    led = _led.get(page.file.src_uri)
    return markdown if led is None else _without_meta(led, page.meta)


def _without_meta(text: str, meta: Any) -> str:
    """The text below the lines that MkDocs took the page's settings from."""
    return text.partition("\n---\n")[2] if meta and text.startswith("---\n") else text


def _add(files: Files, config: MkDocsConfig, pages: dict[str, str]) -> None:
    for place, text in pages.items():
        files.append(File.generated(config, place, content=text))


def completed(entries: list[Any], places: Iterable[str]) -> list[Any]:
    """A navigation in which ``folder/*`` stands for the folder's pages that are named nowhere in it.

    Args:
        entries: the navigation as ``mkdocs.yml`` has it.
        places: all pages of the site.
    """
    named = set(_named(entries))
    rest = sorted(place for place in places if place not in named)
    return list(_expanded(entries, rest))


def _named(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
        return
    for inner in entry.values() if isinstance(entry, dict) else entry:
        yield from _named(inner)


def _expanded(entries: list[Any], rest: list[str]) -> Iterator[Any]:
    for entry in entries:
        if isinstance(entry, dict):
            kept = {title: _inner(inner, rest) for title, inner in entry.items()}
            yield from [kept] if all(kept.values()) else []  # a title over nothing is left out
        elif entry.endswith("/*"):
            yield from (place for place in rest if place.rpartition("/")[0] == entry.removesuffix("/*"))
        else:
            yield entry


def _inner(inner: Any, rest: list[str]) -> Any:
    return list(_expanded(inner, rest)) if isinstance(inner, list) else inner
