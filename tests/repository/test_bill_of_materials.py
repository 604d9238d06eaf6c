"""The bill of materials, made of what is installed."""

import json
import re
import subprocess
from pathlib import Path

from tests.support import figures

REPOSITORY = Path(__file__).parents[2]
UNTOLD = {"antlr4-python3-runtime", "openlineage-sql", "protobuf", "pysocks"}
"""Packages whose metadata names their licence in no way that tools read."""


def test_bill_of_materials_tells_every_package():
    """It should list each installed package at the version that the lock holds, and its licence."""
    subprocess.run(["make", "--silent", "sbom"], cwd=REPOSITORY, check=True, capture_output=True)
    bill = json.loads((REPOSITORY / ".sbom" / "switchyard.cdx.json").read_text())
    assert bill["metadata"]["component"]["name"] == "switchyard"
    told = {_plain(one["name"]): one for one in bill["components"]}
    lock = (REPOSITORY / "requirements.lock").read_text()
    locked = {(_plain(name), version) for name, version in re.findall(r"^([\w.-]+)==([^\s\\;]+)", lock, re.M)}
    licensed = {name for name, one in told.items() if "licenses" in one}
    foreign = {(name, one["version"]) for name, one in told.items()} - locked
    unlocked = {name for name, _ in foreign} - {"pip", "setuptools"}
    assert {"apache-airflow", "boto3", "psycopg2-binary", "moto"} <= set(told)
    figures.record(
        "supply-chain",
        what="components of the bill of materials",
        found=len(told),
        pinned=len(told) - len(foreign),
        note=f"{len(licensed)} with a licence",
        lost=len(unlocked),
    )
    assert unlocked == set()
    assert set(told) - licensed <= UNTOLD


def _plain(name):
    """A distribution's name as the index compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()
