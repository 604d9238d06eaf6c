"""The page of the CloudFormation templates, which is generated."""

import pytest

from scripts import cloudformation_page


def test_page_is_current():
    """It should hold what `python -m scripts.cloudformation_page write` would write."""
    assert cloudformation_page.main(["check"]) == 0


def test_page_names_every_parameter_and_output():
    """It should tell each template's parameters with their limits, and its outputs."""
    text = cloudformation_page.page()
    assert "| `ExtractDays` | `1` | 1 to 7 |" in text
    assert "| `WorkerPrincipalArn` | none, required | the ARN of a role, a user or an account |" in text
    assert "| `LoginSecretKeyArn` | empty |" in text
    assert "| `Engine` | `mysql` | `mysql`, `mariadb`, `aurora`, `postgres`, `aurora-postgresql` |" in text
    assert "| `ResultsBucketName` |" in text
    templates = cloudformation_page.TEMPLATES
    names = {path.relative_to(templates).with_suffix("").as_posix() for path in templates.rglob("*.yaml")}
    assert names == set(cloudformation_page.ORDER)


def test_a_changed_page_is_noticed(tmp_path, monkeypatch, capsys):
    """It should say so where the tables were changed by hand, and leave alone what stands above them."""
    page = tmp_path / "cloudformation.md"
    page.write_text(f"By hand.\n\n{cloudformation_page.MARK}\nTables by hand.\n")
    monkeypatch.setattr(cloudformation_page, "PAGE", page)
    monkeypatch.setattr(cloudformation_page, "REPOSITORY", tmp_path)
    assert cloudformation_page.main(["check"]) == 1
    assert "cloudformation.md is not current" in capsys.readouterr().out
    assert cloudformation_page.main(["write"]) == 0
    assert cloudformation_page.main(["check"]) == 0
    assert page.read_text().startswith("By hand.")
    assert "Tables by hand" not in page.read_text()


def test_a_broken_template_is_refused(tmp_path):
    """It should name the template that cannot be read."""
    broken = tmp_path / "broken.yaml"
    broken.write_text("Resources: [")
    with pytest.raises(ValueError, match=r"broken\.yaml"):
        cloudformation_page.read(broken)
