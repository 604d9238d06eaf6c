from __future__ import annotations

import pytest

from switchyard.databases.connections import CA_BUNDLE_VARIABLE
from tests.support.aws_connections import SOURCE, aws_connections, connection
from tests.support.release_world import LATE, SearchWorld, SynonymWorld, index_settings

__all__ = ["aws_connections"]


@pytest.fixture
def world(sandbox, aws_connections):
    """An account with the bucket of releases."""
    made = SynonymWorld(sandbox)
    made.bucket()
    return made


@pytest.fixture
def package(world):
    """A package at v1, imported without a message, on a domain."""
    world.create_package()
    world.domain()
    world.associate()
    return world


@pytest.fixture
def engine(engines_sandbox, data_plane, monkeypatch):
    """An account with a package at v1 on a domain that searches with real Lucene."""
    ca_bundle = str(data_plane.authority.ca_bundle)
    value = connection(engines_sandbox.endpoint_url, SOURCE["account_id"], verify=ca_bundle)
    monkeypatch.setenv("AIRFLOW_CONN_AWS_SOURCE", value)
    made = SearchWorld(engines_sandbox)
    made.bucket()
    made.create_package()
    made.domain()
    made.wait_for_endpoint()
    made.associate()
    made.wait_until_associated("v1")
    return made


@pytest.fixture(params=["status-first", "version-first"])
def race(sandbox, request):
    """Let new versions show late and in either order of status and version, as AWS leaves open."""
    sandbox.choose(package_order=request.param)
    sandbox.durations(LATE)
    return request.param


@pytest.fixture(scope="module")
def shop(session_sandbox, data_plane):
    """The world "products" with package and index, built once for the tests of a file, which leave it as it was."""
    with pytest.MonkeyPatch.context() as patch:
        ca_bundle = str(data_plane.authority.ca_bundle)
        value = connection(session_sandbox.endpoint_url, SOURCE["account_id"], verify=ca_bundle)
        patch.setenv("AIRFLOW_CONN_AWS_SOURCE", value)
        patch.setenv(CA_BUNDLE_VARIABLE, ca_bundle)
        session_sandbox.server.reset()
        data_plane.attach()
        try:
            session_sandbox.seed("products")
            made = SearchWorld(session_sandbox)
            made.create_package()
            made.associate()
            made.wait_until_associated("v1")
            made.index(index_settings(made.reference_path))
            yield made
        finally:
            session_sandbox.server.reset()
            data_plane.detach()
