"""The stacks of one account in one Region: all or nothing is made, and what cannot be deleted stays known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.cloudformation import urls
from moto.cloudformation.models import CloudFormationBackend as MotoCloudFormationBackend
from moto.core.exceptions import JsonRESTError

from sandbox.errors import Refused


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn errors of services that speak JSON into ones that clients of CloudFormation, which speaks XML, can read."""
    try:
        yield
    except JsonRESTError as error:
        raise Refused(error.relative_error_type, error.message) from error


class CloudFormationBackend(MotoCloudFormationBackend):
    """moto's stacks, which would otherwise be left half made and half deleted."""

    @property
    def _url_module(self) -> Any:
        return urls

    def create_stack(self, *arguments: Any, **named: Any) -> Any:
        """Make a stack, or remove what was made before the failure."""
        before = set(self.stacks)
        try:
            with readable_errors():
                return super().create_stack(*arguments, **named)
        except BaseException:
            for stack_id in set(self.stacks) - before:
                self._roll_back(stack_id)
            raise

    def _roll_back(self, stack_id: str) -> None:
        stack = self.stacks.pop(stack_id)
        for name in [name for name, export in self.exports.items() if export._exporting_stack_id == stack_id]:
            del self.exports[name]
        stack.resource_map.delete()

    def update_stack(self, *arguments: Any, **named: Any) -> Any:
        """Change a stack; what was changed before a failure stays so."""
        with readable_errors():
            return super().update_stack(*arguments, **named)

    def delete_stack(self, name_or_stack_id: str) -> None:
        """Delete a stack; it stays where one of its resources cannot be deleted."""
        stacks = dict(self.stacks)
        try:
            with readable_errors():
                super().delete_stack(name_or_stack_id)
        except BaseException:
            for stack_id in set(stacks) - set(self.stacks):
                self.stacks[stack_id] = stacks[stack_id]
                stacks[stack_id].status = "DELETE_FAILED"
            raise
