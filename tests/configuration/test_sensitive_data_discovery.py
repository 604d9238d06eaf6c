"""Values that the configuration of a discovery takes."""

from __future__ import annotations

import pytest

from sandbox.macie.managed import detectors
from switchyard.configuration.loader import load
from tests.configuration.conftest import Files


@pytest.fixture
def discovery_files(tmp_path):
    return Files(tmp_path, "sensitive_data_discovery")


def test_every_managed_identifier_can_be_named(discovery_files):
    """It should take each id that Macie lists, also those with brackets."""
    ids = sorted(detectors())
    discovery_files.example(set={"macie.selector": "EXCLUDE", "macie.managed_ids": ids})
    found = load(discovery_files.home)
    assert [str(error) for error in found.errors] == []
    assert list(found.instances[0].macie.managed_ids) == ids
