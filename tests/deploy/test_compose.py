"""docker-compose.yaml, as far as its text can tell; tests/system/test_celery.py starts what it describes."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from deploy.compose import healthy, make_env, passwords
from tests.support.compose import FILE, REPOSITORY, Compose, MissingVariableError, interpolate

SECRETS = (
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "FERNET_KEY",
    "JWT_SECRET",
    "SECRET_KEY",
    "ADMIN_PASSWORD",
    "CONNECTIONS",
)
SHAPE = {
    "airflow-apiserver",
    "airflow-scheduler",
    "airflow-dag-processor",
    "airflow-triggerer",
    "airflow-worker-1",
    "airflow-worker-2",
    "airflow-init",
    "postgres",
    "redis",
}


@pytest.fixture(scope="module")
def compose():
    return Compose(make_env.values(), {})


@pytest.fixture(scope="module")
def services(compose):
    return compose.services


def test_it_has_airflows_own_shape(services):
    """It should have every service of Airflow's official file, and start sandbox and OpenSearch by profile alone."""
    always = {name for name, service in services.items() if "profiles" not in service}
    assert always == SHAPE | {"network"}
    assert {name for name, service in services.items() if service.get("profiles") == ["sandbox"]} == {
        "sandbox",
        "opensearch",
    }
    known = set(services)
    for service in services.values():
        assert set(service.get("depends_on", {})) <= known


@pytest.mark.parametrize("secret", SECRETS)
def test_it_does_not_start_without_a_secret(secret):
    """It should demand each secret, and have no value of its own in its place."""
    text = FILE.read_text()
    with pytest.raises(MissingVariableError, match=secret):
        interpolate(text, {name: text for name, text in make_env.values().items() if name != secret})
    assert f"${{{secret}:-" not in text


def test_all_components_share_their_secrets(compose):
    """It should give all components of Airflow the same secrets, and the password of PostgreSQL that it has."""
    airflow = [compose.environment(name) for name in sorted(SHAPE) if name.startswith("airflow-")]
    for name in ("AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API__SECRET_KEY"):
        assert len({one[name] for one in airflow}) == 1
    password = compose.environment("postgres")["POSTGRES_PASSWORD"]
    assert f":{password}@postgres:5432" in airflow[0]["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    assert sum("ADMIN_PASSWORD" in one for one in airflow) == 1


def test_the_ledger_has_a_database_of_its_own(compose):
    """It should not share Airflow's, whose version table a schema of the user's name would hide."""
    environment = compose.environment("airflow-scheduler")
    assert environment["AIRFLOW_CONN_SWITCHYARD_LEDGER"].endswith("/ledger")
    assert environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].endswith("/airflow")
    assert "CREATE DATABASE ledger;" in (REPOSITORY / "deploy" / "compose" / "ledger.sql").read_text()


def test_services_are_watched_and_confined(services):
    """It should check every service that stays up, and run none as root or with capabilities."""
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service.get("user", "the image's own") not in {"root", "0", "0:0"}, name
        if name not in {"airflow-init", "network"}:
            assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, name
            assert service["restart"] == "unless-stopped"
    dockerfile = (REPOSITORY / "deploy" / "compose" / "Dockerfile").read_text()
    for stage in re.split(r"^FROM ", dockerfile, flags=re.MULTILINE)[2:]:
        assert re.findall(r"^USER (.*)", stage, re.MULTILINE)[-1] == "50000:0"


def test_images_are_pinned(services):
    """It should name one release of each foreign image, and its digest."""
    foreign = {service["image"] for service in services.values() if "build" not in service}
    assert all(re.search(r":\d+\.\d+(\.\d+)?(-\w+)?@sha256:[0-9a-f]{64}$", image) for image in foreign)
    dockerfile = (REPOSITORY / "deploy" / "compose" / "Dockerfile").read_text()
    [base] = re.findall(r"^FROM (\S+:\S+) AS", dockerfile, re.MULTILINE)
    assert "@sha256:" in base


def test_workers_have_names_of_their_own(compose, services):
    """It should tell workers apart, who share a network and so a host name, and ask each for itself."""
    names = set()
    for worker in ("airflow-worker-1", "airflow-worker-2"):
        [name] = re.findall(r"--celery-hostname (\S+)", services[worker]["command"])
        assert compose.command(worker, health=True)[-1] == name
        names.add(name)
    assert len(names) == 2


def test_the_image_has_what_the_lock_has():
    """It should install only what the lock holds, at the same versions, with hashes."""
    pins = re.compile(r"^([\w.-]+==[^\s\\;]+)", re.MULTILINE)
    image = (REPOSITORY / "deploy" / "compose" / "requirements.lock").read_text()
    found = set(pins.findall(image))
    assert found < set(pins.findall((REPOSITORY / "requirements.lock").read_text()))
    assert len(re.findall(r"^[\w.-]+==.*\\\n +--hash=sha256:", image, re.MULTILINE)) >= len(found)
    names = {pin.partition("==")[0] for pin in found}
    assert {"apache-airflow", "apache-airflow-providers-celery", "asyncpg", "redis"} <= names
    assert not names & {"moto", "pytest", "duckdb", "mypy"}


def test_secrets_are_made_once(tmp_path, monkeypatch, capsys):
    """It should print new secrets, and refuse where some are in use."""
    monkeypatch.setattr(make_env, "ENV", tmp_path / ".env")
    assert make_env.main() == 0
    first = dict(line.split("=", 1) for line in capsys.readouterr().out.splitlines())
    assert set(SECRETS) <= set(first)
    assert first["JWT_SECRET"] != make_env.values()["JWT_SECRET"]
    (tmp_path / ".env").write_text("JWT_SECRET=used\n")
    assert make_env.main() == 1
    assert "holds secrets already" in capsys.readouterr().err


def test_administrators_password_is_for_its_owner(tmp_path, monkeypatch):
    """It should write the password for one reader, and refuse one that is missing or short."""
    path = tmp_path / "home" / "passwords.json"
    monkeypatch.setenv("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE", str(path))
    monkeypatch.setenv("ADMIN_PASSWORD", "short")
    assert passwords.main() == 1
    monkeypatch.setenv("ADMIN_PASSWORD", "long enough to keep")
    assert passwords.main() == 0
    assert json.loads(path.read_text()) == {"admin": "long enough to keep"}
    assert path.stat().st_mode & 0o077 == 0


def test_health_check_fails_where_nobody_answers(monkeypatch, capsys):
    """It should say that the API server does not answer."""
    monkeypatch.setenv(healthy.SERVER, "http://127.0.0.1:9/execution/")
    assert healthy.main("scheduler") == 1
    assert "does not answer" in capsys.readouterr().out


def test_yaml_of_deployments_is_sound():
    """It should satisfy yamllint."""
    rules = REPOSITORY / "deploy" / "yamllint.yaml"
    command = [sys.executable, "-m", "yamllint", "--strict", "--config-file", rules, FILE, rules.parent]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
