"""Try the custom identifiers, and make those that Macie does not have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from switchyard.aws import console as pages
from switchyard.discovery.identifiers import Identifier, creation, is_same, trial
from switchyard.errors import CheckFailed
from switchyard.operators.discovery.base import DiscoveryOperator
from switchyard.waiting.kinds import Wait


class PrepareIdentifiersOperator(DiscoveryOperator):
    """Let Macie try each custom identifier on its texts, then use the one of its definition, or make it.

    Args:
        identifiers: ``macie.custom_identifiers`` of the configuration.
    """

    console = (pages.MACIE,)
    service = "macie2"

    def __init__(self, *, identifiers: Sequence[Identifier], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.identifiers = list(identifiers)
        self._ids: dict[str, str] = {}

    def act(self, context: Any) -> Wait | None:
        macie = self.client()
        for identifier in self.identifiers:
            if not self.dry_run:
                self._try(macie, identifier)
            self._ids[identifier["name"]] = self._find(macie, identifier) or self._make(macie, identifier)
        return None

    def result(self, context: Any) -> dict[str, Any]:
        return {
            "custom_ids": list(self._ids.values()),
            "summary": f"{len(self._ids)} custom identifiers, each tried",
        }

    def _try(self, macie: Any, identifier: Identifier) -> None:
        for field, wanted in (("finds", True), ("not_finds", False)):
            for number, text in enumerate(identifier[field]):  # type: ignore[literal-required]
                count = macie.test_custom_data_identifier(**trial(identifier, text))["matchCount"]
                if bool(count) is not wanted:
                    raise CheckFailed(
                        f"custom identifier {identifier['name']}",
                        f"Macie finds {count} matches in {field}[{number}]",
                        "Correct its regex, keywords or distance, or that text",
                    )

    def _find(self, macie: Any, identifier: Identifier) -> str | None:
        pages = macie.get_paginator("list_custom_data_identifiers").paginate()
        named = [one["id"] for page in pages for one in page["items"] if one["name"] == identifier["name"]]
        for known in named:
            if is_same(identifier, macie.get_custom_data_identifier(id=known)):
                return str(known)
        return None

    def _make(self, macie: Any, identifier: Identifier) -> str:
        answer = macie.create_custom_data_identifier(**creation(identifier))
        return str(answer.get("customDataIdentifierId", ""))
