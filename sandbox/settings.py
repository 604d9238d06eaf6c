"""Where the sandbox keeps its files, and the accounts and credentials it uses."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

HOME_VARIABLE = "SWITCHYARD_SANDBOX_HOME"
ACCOUNTS: Mapping[str, str] = {"source": "111111111111", "target": "222222222222"}
ROLES: Mapping[str, str] = {
    account: f"arn:aws:iam::{account}:role/switchyard-{name}" for name, account in ACCOUNTS.items()
}
"""The role that the pipelines assume, by account."""

ACCESS_KEY = "sandbox"
SECRET_KEY = "sandbox"  # noqa: S105 - opens nothing but this machine's sandbox
REGION = "us-west-2"


def home() -> Path:
    """Return the folder for all files of the sandbox: the environment's choice, or one in the repository."""
    chosen = os.environ.get(HOME_VARIABLE)
    return Path(chosen).resolve() if chosen else Path(__file__).resolve().parent.parent / ".sandbox"


def environment(endpoint_url: str, ca_bundle: str | None = None) -> dict[str, str]:
    """Return the environment variables that point AWS tools at a sandbox and at nothing else."""
    variables = {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return variables | ({"SWITCHYARD_DB_CA_BUNDLE": ca_bundle} if ca_bundle else {})
