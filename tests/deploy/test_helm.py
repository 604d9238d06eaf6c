"""The values for Airflow's official chart, as far as they can be told without it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from airflow.configuration import retrieve_configuration_description

REPOSITORY = Path(__file__).parents[2]
VALUES = REPOSITORY / "deploy" / "helm" / "values.yaml"
PAGE = REPOSITORY / "docs" / "how-to" / "run-on-kubernetes.md"


@pytest.fixture(scope="module")
def values():
    return yaml.safe_load(VALUES.read_text())


def test_options_exist(values):
    """It should set no option that Airflow does not know."""
    known = {section: one["options"] for section, one in retrieve_configuration_description().items()}
    for section, options in values["config"].items():
        assert set(options) <= set(known[section]), section


def test_secrets_come_from_outside(values):
    """It should name secrets that the page makes, and hold none itself."""
    named = set(re.findall(r"\b(switchyard-(?!airflow|worker|triggerer)[a-z]+)", VALUES.read_text()))
    assert named == set(re.findall(r"(?:secret|configmap) (switchyard-[a-z]+)", PAGE.read_text()))
    assert "postgresql" in values
    assert values["postgresql"] == {"enabled": False}
    assert not re.search(
        r"^\s*(password|fernetKey|jwtSecret|apiSecretKey):", VALUES.read_text(), re.MULTILINE
    )


def test_workers_and_triggerer_alone_get_the_role(values):
    """It should give the role for AWS to the two that speak to AWS, and say so of nobody else."""
    with_role = {
        name
        for name, part in values.items()
        if isinstance(part, dict) and "role-arn" in str(part.get("serviceAccount", ""))
    }
    assert with_role == {"workers", "triggerer"}


def test_pods_are_confined(values):
    """It should run nothing as root, and let nothing gain rights."""
    contexts = values["securityContexts"]
    assert contexts["pod"]["runAsNonRoot"] is True
    assert contexts["containers"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    assert values["redis"]["securityContexts"]["pod"]["runAsNonRoot"] is True


def test_redis_is_the_one_of_compose(values):
    """It should run the release and digest that docker-compose.yaml runs, which the chart would leave to a tag."""
    compose = yaml.safe_load((REPOSITORY / "docker-compose.yaml").read_text())
    image = values["images"]["redis"]
    assert f"{image['repository']}:{image['tag']}" == compose["services"]["redis"]["image"]
    assert "@sha256:" in image["tag"]


def test_the_image_fits_the_chart(values):
    """It should run the image's user and folders, and call what the image has."""
    dockerfile = (REPOSITORY / "deploy" / "compose" / "Dockerfile").read_text()
    assert f"USER {values['uid']}:{values['gid']}" in dockerfile
    assert values["airflowHome"] in dockerfile
    assert "> /entrypoint" in dockerfile
    parts = ("scheduler", "dagProcessor", "workers", "triggerer")
    assert [values[part]["logGroomerSidecar"]["enabled"] for part in parts] == [False] * 4
