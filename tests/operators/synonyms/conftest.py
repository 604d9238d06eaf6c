from __future__ import annotations

import pytest

from switchyard.waiting import poller
from tests.support.aws_connections import SOURCE, aws_connections, connection
from tests.support.release_world import LATE, SearchWorld, SynonymWorld

__all__ = ["aws_connections"]


@pytest.fixture(autouse=True)
def _swift(monkeypatch):
    monkeypatch.setattr(poller, "SECONDS_PER_CALL", 0.02)


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
