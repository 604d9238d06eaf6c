"""The statement that reads the table of synonyms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchyard.configuration.synonym_refresh import DATABASES
from switchyard.sql import render


def statement_of(source: Mapping[str, Any]) -> str:
    """The statement that reads the rows, with the table's name in it; raises BadInput when there is no such file."""
    engine = DATABASES[source["engine"]]
    return render(f"synonym_refresh/{engine}/{source['statement']}", engine, table=source["table"])
