"""Dictionaries of a domain: files that synonyms are read from, and whether new ones are taken up at once."""

from __future__ import annotations

from typing import Any

from sandbox.search.rest.calls import Domain
from sandbox.search.rest.indices import reload_analyzers


class Packages:
    """Takes up changed files as Amazon OpenSearch Service does: by the refresh call, on open indexes."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._automatic = True

    def changed(self, path: str) -> dict[str, Any] | None:
        """Take up a new file; gives the answer of the refresh call, or None where that is switched off."""
        if not self._automatic:
            return None
        readers = [index for index in self._domain.cluster.find("*") if index.analysis.reads(path)]
        return reload_analyzers(self._domain, readers)

    def auto_refresh(self, on: bool) -> None:
        """Switch the taking up on or off."""
        self._automatic = on
