"""A DMS with a real database behind it, a whole small discovery, and the pipelines' connections."""

from __future__ import annotations

import pytest

from sandbox.seed.worlds import discovery
from switchyard.databases.connections import CA_BUNDLE_VARIABLE
from tests.sandbox.dms.conftest import migration, mysql
from tests.support.aws_connections import SOURCE, aws_connections, connection
from tests.support.discovery_steps import FEW, Steps
from tests.support.ledger import ledger_connection
from tests.support.warm_botocore import warm_botocore

__all__ = ["aws_connections", "migration", "mysql"]


@pytest.fixture(scope="module")
def steps(session_sandbox, data_plane, postgres, ledger_template, request):
    """A small world, built once for the tests of a file, which leave it as it was."""
    warm_botocore()
    ledger = f"ledger_{request.module.__name__.rpartition('.')[2]}"
    postgres.create_database(ledger, template=ledger_template)
    ca_bundle = str(data_plane.authority.ca_bundle)
    with pytest.MonkeyPatch.context() as patch:
        aws = connection(session_sandbox.endpoint_url, SOURCE["account_id"], verify=ca_bundle)
        patch.setenv("AIRFLOW_CONN_AWS_SOURCE", aws)
        patch.setenv("AIRFLOW_CONN_SWITCHYARD_LEDGER", ledger_connection(postgres.dsn(ledger)))
        patch.setenv(CA_BUNDLE_VARIABLE, ca_bundle)
        session_sandbox.server.reset()
        data_plane.attach()
        try:
            discovery.build(session_sandbox, [], FEW)
            yield Steps(session_sandbox, postgres.dsn(ledger), ca_bundle)
        finally:
            session_sandbox.server.reset()
            data_plane.detach()
