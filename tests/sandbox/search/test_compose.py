"""The official OpenSearch in docker-compose.yaml, as far as its file can tell."""

import re
from pathlib import Path

import pytest
import yaml

from sandbox.search.external import FOLDER_VARIABLE, URL_VARIABLE
from sandbox.search.node import PACKAGES

COMPOSE = Path(__file__).parents[3] / "docker-compose.yaml"


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load(COMPOSE.read_text())["services"]


def mounts(service):
    return dict(volume.split(":")[:2] for volume in service["volumes"])


def test_the_image_is_pinned_and_started_by_profile(services):
    """It should name one release by its digest, and not start unless asked."""
    pinned = r"opensearchproject/opensearch:\d+\.\d+\.\d+@sha256:[0-9a-f]{64}"
    assert re.fullmatch(pinned, services["opensearch"]["image"])
    assert services["opensearch"]["profiles"] == ["sandbox"]


def test_without_users_it_is_reached_from_inside_only(services):
    """It should publish no port and listen on loopback, since its security plugin is off."""
    service = services["opensearch"]
    assert service["environment"]["DISABLE_SECURITY_PLUGIN"] == "true"
    assert service["environment"]["network.host"] == "127.0.0.1"
    assert service["network_mode"] == services["sandbox"]["network_mode"] == "service:network"
    assert "ports" not in service
    assert [one for one in services.values() if "9200" in str(one.get("ports"))] == []
    assert not [name for name in service["environment"] if "PASSWORD" in name]


def test_dictionaries_are_shared(services):
    """It should read, and only read, the folder that the sandbox writes dictionaries into."""
    folder = services["sandbox"]["environment"][FOLDER_VARIABLE]
    assert mounts(services["sandbox"])["dictionaries"] == f"{folder}/{PACKAGES}"
    assert mounts(services["opensearch"])["dictionaries"] == f"/usr/share/opensearch/config/{PACKAGES}"
    assert [volume for volume in services["opensearch"]["volumes"] if not volume.endswith(":ro")] == []


def test_the_sandbox_uses_it_where_told_to(services):
    """It should take the address from the caller's environment, and use its own engine without one."""
    assert services["sandbox"]["environment"][URL_VARIABLE] == f"${{{URL_VARIABLE}:-}}"
    assert "_cluster/health" in services["opensearch"]["healthcheck"]["test"][-1]
