"""The worlds whose tables are loaded, each built once for the tests of a file."""

from __future__ import annotations

import pytest

from tests.support.federated import federated_world


@pytest.fixture(scope="module")
def mysql(session_sandbox, data_plane, postgres, ledger_template, request):
    """The world with an Aurora MySQL source and a workgroup."""
    ledger = f"ledger_{request.module.__name__.rpartition('.')[2]}"
    with federated_world("retail", session_sandbox, data_plane, postgres, ledger_template, ledger) as world:
        yield world


@pytest.fixture(scope="module")
def postgresql(session_sandbox, data_plane, postgres, ledger_template, request):
    """The world with an Aurora PostgreSQL source and a cluster."""
    ledger = f"ledger_{request.module.__name__.rpartition('.')[2]}"
    with federated_world(
        "retail-postgres", session_sandbox, data_plane, postgres, ledger_template, ledger
    ) as world:
        yield world
