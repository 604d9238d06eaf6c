"""Answers about managed and custom data identifiers and allow lists."""

from __future__ import annotations

from moto.core.responses import ActionResult, EmptyResult

from sandbox.macie import access, listing, managed
from sandbox.macie.calls import Calls
from sandbox.macie.custom import detector
from sandbox.macie.detectors import Allowed
from sandbox.macie.exceptions import ValidationException
from sandbox.objects import Objects

LARGEST_PAGE = 25
LONGEST_SAMPLE = 1000


class IdentifierCalls(Calls):
    """Identifiers and allow lists."""

    def list_managed_data_identifiers(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/managed-data-identifiers-list.html."""
        known = list(managed.detectors().values())
        shown, token = listing.page(known, self.params, largest=LARGEST_PAGE)
        items = [{"id": one.key, "category": one.category} for one in shown]
        return ActionResult({"items": items, "nextToken": token})

    def create_custom_data_identifier(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/custom-data-identifiers.html."""
        made = self.macie_backend.new_identifier(self.params)
        return ActionResult({"customDataIdentifierId": made.key})

    def get_custom_data_identifier(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/custom-data-identifiers-id.html."""
        return ActionResult(self.macie_backend.identifier(self.params["id"]).described())

    def delete_custom_data_identifier(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/custom-data-identifiers-id.html."""
        self.macie_backend.identifier(self.params["id"]).deleted = True
        return EmptyResult()

    def list_custom_data_identifiers(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/custom-data-identifiers-list.html."""
        known = [one for one in self.macie_backend.identifiers.values() if not one.deleted]
        shown, token = listing.page(known, self.params)
        return ActionResult({"items": [one.listed() for one in shown], "nextToken": token})

    def batch_get_custom_data_identifiers(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/custom-data-identifiers-get.html."""
        known, wanted = self.macie_backend.identifiers, self.params.get("ids") or []
        found = [known[key].listed() | {"deleted": known[key].deleted} for key in wanted if key in known]
        missing = [key for key in wanted if key not in known]
        return ActionResult({"customDataIdentifiers": found, "notFoundIdentifierIds": missing})

    def test_custom_data_identifier(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/custom-data-identifiers-test.html."""
        sample = self.params["sampleText"]
        if len(sample) > LONGEST_SAMPLE:
            raise ValidationException(f"sampleText must have at most {LONGEST_SAMPLE} characters")
        tried = detector("test", self.params)
        count = tried.count(sample, near=bool(tried.keywords), allowed=Allowed())
        return ActionResult({"matchCount": count})

    def create_allow_list(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/allow-lists.html."""
        made = self.macie_backend.new_allow_list(self.params)
        return ActionResult({"id": made.key, "arn": made.arn})

    def get_allow_list(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/allow-lists-id.html."""
        return ActionResult(self.macie_backend.allow_list(self.params["id"]).described(self._objects()))

    def update_allow_list(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/allow-lists-id.html."""
        changed = self.macie_backend.allow_list(self.params["id"])
        changed.change(self.params["name"], self.params.get("description"), self.params["criteria"])
        return ActionResult({"id": changed.key, "arn": changed.arn})

    def delete_allow_list(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/allow-lists-id.html."""
        self.macie_backend.allow_lists.pop(self.macie_backend.allow_list(self.params["id"]).key)
        return EmptyResult()

    def list_allow_lists(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/allow-lists.html."""
        known = list(self.macie_backend.allow_lists.values())
        shown, token = listing.page(known, self.params, largest=LARGEST_PAGE)
        return ActionResult({"allowLists": [one.listed() for one in shown], "nextToken": token})

    def _objects(self) -> Objects:
        return access.reader(self.current_account, self.region)
