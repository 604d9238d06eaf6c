"""Redshift with a cluster."""

import pytest

from tests.support.redshift import DataApi


@pytest.fixture
def api(sandbox):
    """An account without a warehouse."""
    return DataApi(sandbox)


@pytest.fixture
def redshift(api):
    """Redshift in that account."""
    return api.client("redshift")
