"""The pages that people start from."""

from __future__ import annotations

import re

import pytest

from demo.airflow_settings import REPOSITORY
from tests.support.page_commands import PAGES


@pytest.mark.parametrize("start", ["README.md", "docs/README.md"])
def test_every_page_is_found(start):
    """It should lead to each how-to page, so that nobody has to know that it is there."""
    linked = re.findall(r"how-to/([\w-]+\.md)", (REPOSITORY / start).read_text())
    assert sorted(page.name for page in PAGES.glob("*.md") if page.name not in linked) == []
