"""What the project takes from others comes under a version and a hash; `make resilience` counts it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.repository.test_policy import tracked
from tests.support import figures

REPOSITORY = Path(__file__).parents[2]
AUDIT_SECONDS = 90
RELEASE = re.compile(r":\d+\.\d+(\.\d+)*(-[\w.]+)?(@sha256:[0-9a-f]{64})?$")
FOREIGN_STEP = re.compile(r"^\s*-?\s*uses:\s*[\"']?([^\s\"'#]+)", re.MULTILINE)


def record(what, **counted):
    figures.record("supply-chain", what=what, **counted)


@pytest.mark.parametrize("lock", ["requirements.lock", "deploy/compose/requirements.lock"])
def test_requirements_come_under_hashes(lock):
    """It should pin each requirement to one version, with at least one hash of its files."""
    stanzas = re.split(r"^(?=\S)", (REPOSITORY / lock).read_text(), flags=re.MULTILINE)
    wanted = [one for one in stanzas if one.strip() and not one.startswith("#")]
    pinned = [one for one in wanted if re.match(r"[\w.-]+(\[[\w,-]+\])?==[^\s\\;]+", one)]
    hashed = [one for one in pinned if re.search(r"--hash=sha256:[0-9a-f]{64}", one)]
    unpinned = [one.split()[0] for one in wanted if one not in hashed]
    record(
        f"packages of {lock}", found=len(wanted), pinned=len(pinned), by_hash=len(hashed), lost=len(unpinned)
    )
    assert len(wanted) > 100
    assert unpinned == []


def foreign_images():
    """Images that others make, of every compose file, Dockerfile and value of a chart."""
    built, named = set(), set()
    for path in tracked("*.yaml", "*.yml"):
        text = (REPOSITORY / path).read_text()
        found = set(re.findall(r"^\s+image:\s*([\w./:@-]+:[\w.@:-]+)\s*$", text, re.MULTILINE))
        named |= found
        built |= {one for one in found if one.startswith("switchyard-")}
    for path in tracked("*Dockerfile*"):
        text = (REPOSITORY / path).read_text()
        stages = set(re.findall(r"^FROM \S+ AS (\w+)", text, re.MULTILINE))
        named |= set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) - stages
    return named - built


def test_images_come_under_digests():
    """It should name one release of each image of others, and its digest."""
    images = foreign_images()
    pinned = {one for one in images if RELEASE.search(one)}
    by_digest = {one for one in pinned if "@sha256:" in one}
    record(
        "images of others",
        found=len(images),
        pinned=len(pinned),
        by_hash=len(by_digest),
        note=", ".join(sorted(one.partition("@")[0] for one in images)),
        lost=len(images - by_digest),
    )
    assert len(images) >= 4
    assert images - by_digest == set()


def test_checks_and_builds_run_nothing_of_others():
    """It should run hooks of its own environment only, and any step of a workflow by its commit."""
    hooks = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text())["repos"]
    elsewhere = [one["repo"] for one in hooks if one["repo"] != "local"]
    workflows = tracked(".github/**/*.yml", ".github/**/*.yaml")
    steps = [step for path in workflows for step in FOREIGN_STEP.findall((REPOSITORY / path).read_text())]
    by_commit = [one for one in steps if one.startswith("./") or re.search(r"@[0-9a-f]{40}$", one)]
    foreign = len(elsewhere) + len(steps)
    record(
        "hooks and workflow steps of others",
        found=foreign,
        pinned=len(by_commit),
        by_hash=len(by_commit),
        note="checks run the locked tools by `.ci/run`",
        lost=foreign - len(by_commit),
    )
    assert elsewhere == []
    assert sorted(steps) == sorted(by_commit)


@pytest.mark.skipif(
    "SWITCHYARD_AUDIT" not in os.environ, reason="asks a package index: for `make resilience`"
)
@pytest.mark.timeout(AUDIT_SECONDS + 30)
def test_known_vulnerabilities_are_asked_for():
    """It should find none where the index answers, and never take no answer for none."""
    locked = len(re.findall(r"^[\w.-]+==", (REPOSITORY / "requirements.lock").read_text(), re.MULTILINE))
    advisories, problem = audited()
    answered = (
        {"answered": "no", "note": f"no answer: {problem}"} if advisories is None else {"answered": "yes"}
    )
    vulnerable = [one["name"] for one in advisories or () if one.get("vulns")]
    record("advisories for requirements.lock", found=locked, lost=len(vulnerable), **answered)
    assert advisories is None or len(advisories) == locked
    assert vulnerable == []


def audited():
    """What the index knows of each locked package; None and why where it does not answer for all of them."""
    command = [".venv/bin/pip-audit", "--strict", "--require-hashes", "--disable-pip", "--format", "json"]
    command += ["--progress-spinner", "off", "--requirement", "requirements.lock"]
    try:
        done = subprocess.run(
            command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=AUDIT_SECONDS
        )
    except subprocess.TimeoutExpired:
        return None, f"none within {AUDIT_SECONDS} seconds"
    try:
        return json.loads(done.stdout)["dependencies"], ""
    except ValueError:
        said = done.stderr.strip().splitlines() or [f"pip-audit ended with {done.returncode}"]
        return None, said[-1].rpartition("pip_audit._cli:")[2]
