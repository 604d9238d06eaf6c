"""Answers about findings and findings filters."""

from __future__ import annotations

from collections import Counter
from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from sandbox.macie import criteria, listing
from sandbox.macie.calls import Calls
from sandbox.macie.exceptions import ValidationException

MOST_FINDINGS = 50
LARGEST_FILTER_PAGE = 25
USUAL_GROUPS = 50


class FindingCalls(Calls):
    """Findings."""

    def list_findings(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/findings.html."""
        found = criteria.ordered(self._matching(), self.params.get("sortCriteria"))
        shown, token = listing.page(found, self.params)
        return ActionResult({"findingIds": [one["id"] for one in shown], "nextToken": token})

    def get_findings(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/findings-describe.html."""
        wanted = self.params["findingIds"]
        if not 1 <= len(wanted) <= MOST_FINDINGS:
            raise ValidationException(f"findingIds must have 1-{MOST_FINDINGS} items")
        shown = [one for one in self.macie_backend.shown() if one["id"] in set(wanted)]
        return ActionResult({"findings": criteria.ordered(shown, self.params.get("sortCriteria"))})

    def get_finding_statistics(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/findings-statistics.html."""
        name = self.params["groupBy"]
        counts = Counter(str(value) for one in self._matching() for value in criteria.values(one, name))
        order = self.params.get("sortCriteria") or {}
        by_key = order.get("attributeName") == "groupKey"
        groups = sorted(
            counts.items(),
            key=lambda group: (group[0],) if by_key else (group[1], group[0]),
            reverse=order.get("orderBy", "DESC") == "DESC",
        )
        size = self.params.get("size") or USUAL_GROUPS
        shown = [{"groupKey": key, "count": count} for key, count in groups[:size]]
        return ActionResult({"countsByGroup": shown})

    def create_findings_filter(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/findingsfilters.html."""
        made = self.macie_backend.new_filter(self.params)
        return ActionResult({"id": made.key, "arn": made.arn})

    def get_findings_filter(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/findingsfilters-id.html."""
        return ActionResult(self.macie_backend.filter(self.params["id"]).described())

    def update_findings_filter(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/findingsfilters-id.html."""
        changed = self.macie_backend.filter(self.params["id"])
        criteria.check(self.params.get("findingCriteria"))
        changed.change(self.params)
        return ActionResult({"id": changed.key, "arn": changed.arn})

    def delete_findings_filter(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/findingsfilters-id.html."""
        self.macie_backend.filters.pop(self.macie_backend.filter(self.params["id"]).key)
        return EmptyResult()

    def list_findings_filters(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/findingsfilters.html."""
        known = list(self.macie_backend.filters.values())
        shown, token = listing.page(known, self.params, largest=LARGEST_FILTER_PAGE)
        return ActionResult({"findingsFilterListItems": [one.listed() for one in shown], "nextToken": token})

    def _matching(self) -> list[dict[str, Any]]:
        wanted = self.params.get("findingCriteria")
        criteria.check(wanted)
        return [one for one in self.macie_backend.shown() if criteria.matches(wanted, one)]
