"""The page of rules: what AWS does, where that is written, and the test that holds the sandbox to it.

Rules stand beside the code in `sandbox/**/fidelity.yaml`, lists of {id, service, rule, source, test, differs};
`differs` says what is known to be otherwise, or is null.
"""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from sandbox.errors import SandboxError

REPOSITORY = Path(__file__).resolve().parent.parent
PAGE = REPOSITORY / "docs" / "sandbox-fidelity.md"
FIELDS = ("id", "service", "rule", "source", "test", "differs")
NAMES = {
    "application-autoscaling": "Application Auto Scaling",
    "cloudformation": "CloudFormation",
    "athena": "Athena",
    "dms": "DMS",
    "es": "OpenSearch",
    "glue": "Glue",
    "firehose": "Firehose",
    "events": "EventBridge",
    "iam": "IAM",
    "kms": "KMS",
    "macie2": "Macie",
    "rds": "RDS",
    "rds-data": "RDS Data API",
    "redshift": "Redshift",
    "redshift-data": "Redshift Data API",
    "redshift-serverless": "Redshift Serverless",
    "s3": "S3",
    "sns": "SNS",
    "sqs": "SQS",
    "sts": "STS",
}
HEAD = """# What the sandbox holds AWS's rules to

<!-- Written by `python -m sandbox fidelity` from sandbox/**/fidelity.yaml; change those. -->

The sandbox is worth as much as the AWS rules it enforces. Each row is one rule, where AWS documents it, and the
test that fails when the sandbox stops keeping it. The last column says what is known to differ from AWS.
What has no row here is as moto has it, or answers `NotImplemented`.
"""

Row = Mapping[str, Any]


def rows() -> list[Row]:
    """Read all rules, by service and in the order of their files.

    Raises:
        SandboxError: a rule is incomplete, its id is not unique, or its test does not exist.
    """
    found: list[Row] = []
    for file in sorted((REPOSITORY / "sandbox").rglob("fidelity.yaml")):
        for row in yaml.safe_load(file.read_text()) or []:
            if set(row) != set(FIELDS) or not all(row[name] for name in FIELDS if name != "differs"):
                raise SandboxError(f"{file}: {row.get('id', row)} must have all of {', '.join(FIELDS)}")
            found.append(row)
    twice = sorted(name for name, count in Counter(row["id"] for row in found).items() if count > 1)
    if twice:
        raise SandboxError(f"fidelity ids used twice: {', '.join(twice)}")
    existing = set(tests())
    lost = [row["test"] for row in found if row["test"] not in existing]
    if lost:
        raise SandboxError(f"tests named in fidelity files that do not exist: {', '.join(lost)}")
    return sorted(found, key=lambda row: _service(row).lower())


def tests() -> Iterator[str]:
    """List the tests there are, as "path::function"."""
    for file in sorted((REPOSITORY / "tests").rglob("test_*.py")):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield f"{file.relative_to(REPOSITORY)}::{node.name}"


def page() -> str:
    """Return the page's text."""
    services: dict[str, list[Row]] = defaultdict(list)
    for row in rows():
        services[_service(row)].append(row)
    parts = [HEAD]
    for service, of_service in services.items():
        parts.append(f"\n## {service}\n\n| Rule | Test | Differs |\n|---|---|---|\n")
        parts += [f"| {_rule(row)} | {_test(row)} | {_cell(row['differs'] or '')} |\n" for row in of_service]
    return "".join(parts)


def write() -> Path:
    """Write the page and return its path."""
    PAGE.write_text(page())
    return PAGE.relative_to(REPOSITORY)


def check() -> None:
    """Raise SandboxError where the page is not what the rules make it."""
    if not PAGE.exists() or PAGE.read_text() != page():
        raise SandboxError(f"{PAGE.relative_to(REPOSITORY)} is not current: run `python -m sandbox fidelity`")


def _service(row: Row) -> str:
    service = str(row["service"])
    return NAMES.get(service, service)


def _rule(row: Row) -> str:
    sources = str(row["source"]).split()
    if all(source.startswith("https://") for source in sources):
        links = ", ".join(f"[{_site(source)}]({source})" for source in sources)
    else:
        links = _cell(row["source"])
    return f"{_cell(row['rule'])} ({links})"


def _site(source: str) -> str:
    host = source.removeprefix("https://").partition("/")[0]
    return {"docs.aws.amazon.com": "AWS", "github.com": "GitHub"}.get(host, host)


def _test(row: Row) -> str:
    path, _, name = row["test"].partition("::")
    return f"[`{name}`](../{path})"


def _cell(text: Any) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")
