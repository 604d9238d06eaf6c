import pytest
from cfnlint.api import lint
from cfnlint.decode import decode

from scripts.cloudformation_page import ORDER
from tests.support.stacks import TEMPLATES

FILES = sorted(TEMPLATES.parent.rglob("*.yaml"))
DIRECT_UPLOAD = 51_200
"""Bytes that CreateStack takes in TemplateBody.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""


def test_there_are_templates():
    """It should have something to look at in the tests below."""
    assert {file.relative_to(TEMPLATES.parent).with_suffix("").as_posix() for file in FILES} == set(ORDER)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.stem}-{file.stem}")
def test_templates_are_sound(file):
    """It should satisfy the linter with what CloudFormation itself would refuse, and fit into one call."""
    text = file.read_text()
    assert [f"{found.linenumber}: {found.message}" for found in lint(text, regions=["us-west-2"])] == []
    assert len(text.encode()) <= DIRECT_UPLOAD


def test_linter_looks():
    """It should find what is wrong with a template."""
    text = "Resources: {Bucket: {Type: 'AWS::S3::Bucket', Properties: {BucketNam: a}}}"
    [found] = lint(text, regions=["us-west-2"])
    assert "'BucketNam' was unexpected" in found.message


def test_parameters_are_explained():
    """It should describe every parameter, output and template, and say in words what a pattern wants."""
    silent = []
    for file in FILES:
        template, _ = decode(str(file))
        silent += [] if template.get("Description") else [file.stem]
        for kind in ("Parameters", "Outputs"):
            for name, one in template.get(kind, {}).items():
                silent += [] if one.get("Description") else [f"{file.stem}.{name}"]
                if "AllowedPattern" in one and "ConstraintDescription" not in one:
                    silent.append(f"{file.stem}.{name}")
    assert silent == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.stem}-{file.stem}")
def test_old_versions_are_forgotten(file):
    """It should remove old versions of objects some day, of each bucket that keeps them."""
    template, _ = decode(str(file))
    kept = []
    for name, one in template["Resources"].items():
        properties = one.get("Properties", {})
        if one["Type"] != "AWS::S3::Bucket" or "VersioningConfiguration" not in properties:
            continue
        rules = properties.get("LifecycleConfiguration", {}).get("Rules", [])
        if not any(int(rule["NoncurrentVersionExpiration"]["NoncurrentDays"]) > 0 for rule in rules):
            kept.append(name)
    assert kept == []
