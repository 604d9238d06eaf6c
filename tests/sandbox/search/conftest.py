"""Search engines in processes of their own."""

import uuid
from collections.abc import Callable, Iterator

import pytest

from sandbox.endpoints import CertificateAuthority
from sandbox.search import Oracle, SearchNode
from tests.support.search import Api


@pytest.fixture(scope="session")
def oracle() -> Iterator[Oracle]:
    with Oracle() as started:
        yield started


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateAuthority:
    return CertificateAuthority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def shared_node(
    tmp_path_factory: pytest.TempPathFactory, authority: CertificateAuthority
) -> Iterator[SearchNode]:
    folder = tmp_path_factory.mktemp("node")
    with SearchNode.start(folder, authority=authority, auth="none") as started:
        yield started


@pytest.fixture
def node(shared_node: SearchNode) -> SearchNode:
    """Give a node that takes up new dictionaries by itself, whatever a test before did."""
    shared_node.auto_refresh(True)
    return shared_node


@pytest.fixture
def api(node: SearchNode, authority: CertificateAuthority) -> Api:
    return Api(node.host_port, authority.ca_bundle)


@pytest.fixture
def package(node: SearchNode) -> Callable[[str], str]:
    """Put dictionaries under new ids."""

    def put(content: str | bytes) -> str:
        package_id = f"F{uuid.uuid4().int % 10**9}"
        node.put_package(package_id, content if isinstance(content, bytes) else content.encode())
        return package_id

    return put
