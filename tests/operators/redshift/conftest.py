from __future__ import annotations

import pytest

from sandbox.redshift_data.quotas import quotas
from tests.support.redshift_steps import Shop


@pytest.fixture
def shop(sandbox, aws_connections):
    """A workgroup with a table."""
    yield Shop(sandbox).build().make_orders()
    quotas.restore()
