"""When all keys are compared, and how much may be deleted."""

from __future__ import annotations

import pytest

from switchyard.errors import NotAllowed
from switchyard.federated.deletes import is_due, require_few


def test_every_third_run_makes_a_pass():
    """It should count from the last pass, and begin with one."""
    assert is_due(3, None)
    assert [is_due(3, since) for since in range(4)] == [False, False, True, True]
    assert is_due(1, 0)


def test_few_deletes_pass():
    """It should let through what the configuration allows, to the row."""
    require_few("retail.customer", held=100, source_keys=95, gone=5, max_fraction=0.05)
    require_few("retail.customer", held=0, source_keys=0, gone=0, max_fraction=0.05)


def test_many_deletes_are_refused():
    """It should say how many are gone of how many, and what a person can do."""
    with pytest.raises(NotAllowed, match=r"6 of 100 rows \(6.0%\) are gone.*5.0% may be.*max_fraction"):
        require_few("retail.customer", held=100, source_keys=94, gone=6, max_fraction=0.05)


def test_empty_source_is_never_followed():
    """It should not empty a target because the source is empty, whatever is configured."""
    with pytest.raises(NotAllowed, match="the source has no rows at all"):
        require_few("retail.customer", held=10, source_keys=0, gone=10, max_fraction=1)
