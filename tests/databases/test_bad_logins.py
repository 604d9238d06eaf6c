"""Secrets that hold no login: each is named, and none is repeated."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
import yaml

from switchyard.databases.logins import Login, read_login
from switchyard.errors import BadInput
from tests.support import figures

CASES = yaml.safe_load(Path(__file__).with_name("bad_logins.yaml").read_text(encoding="utf-8"))
SECRET = "switchyard/shop/login"


@pytest.fixture
def secrets(sandbox):
    """Secrets Manager with a secret to fill."""
    client = sandbox.client("secretsmanager", "source")
    client.create_secret(Name=SECRET, SecretString="{}")
    return client


@pytest.fixture(scope="module")
def tally():
    with figures.tally("bad-input", kind="login secrets") as counted:
        yield counted


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_broken_login_is_refused_without_its_content(case, secrets, tally):
    """It should name the secret, what is wrong with it and what to store, and hold nothing of it."""
    text = case["secret"].replace("%deep", '["hunter2", ' + "[" * 50_000)
    secrets.put_secret_value(SecretId=SECRET, SecretString=text)
    with tally.case():
        with pytest.raises(BadInput, match=r"login secret is 'switchyard/shop/login': ") as refusal:
            read_login(secrets, SECRET)
        assert case["says"] in refusal.value.problem
        assert refusal.value.remedy.startswith("Store username, password and dbname as JSON")
        assert "hunter2" not in "".join(traceback.format_exception(refusal.value))


def test_binary_secret_is_refused(secrets):
    """It should say so where the secret holds bytes."""
    secrets.put_secret_value(SecretId=SECRET, SecretBinary=b"hunter2")
    with pytest.raises(BadInput, match="the secret is binary"):
        read_login(secrets, SECRET)


def test_good_login_is_read(secrets):
    """It should read a login, of another database where one is named, and never show its password."""
    content = '{"username": "reader", "password": "hunter2", "dbname": "shop", "host": 5}'
    secrets.put_secret_value(SecretId=SECRET, SecretString=content)
    assert read_login(secrets, SECRET) == Login("reader", "hunter2", "shop")
    assert read_login(secrets, SECRET, database="other").database == "other"
    assert "hunter2" not in repr(read_login(secrets, SECRET))
