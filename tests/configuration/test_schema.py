"""The JSON Schemas that editors use."""

import jsonschema
import pytest
import yaml

from switchyard.configuration import schema
from switchyard.configuration.aurora_recovery import AuroraRecovery
from tests.configuration.conftest import EXAMPLE


def test_written_schemas_are_current():
    """It should find in the repository what `python -m switchyard.configuration schema` would write."""
    folder = EXAMPLE.parents[1] / schema.FOLDER
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == schema.schemas()


def test_the_example_follows_its_schema():
    """It should accept the example in an editor, and underline a misspelt field."""
    path = EXAMPLE.parents[1] / schema.FOLDER / "aurora_recovery.json"
    validator = jsonschema.Draft202012Validator(yaml.safe_load(path.read_text(encoding="utf-8")))
    data = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    validator.validate(data)
    with pytest.raises(jsonschema.ValidationError, match="'keep_lst' was unexpected"):
        validator.validate({**data, "retention": {"keep_lst": 1}})


def test_every_field_is_described():
    """It should tell a person at each field what it is for."""
    definitions = AuroraRecovery.model_json_schema()
    silent = [
        f"{name}.{field}"
        for name, section in {"AuroraRecovery": definitions, **definitions["$defs"]}.items()
        for field, text in section.get("properties", {}).items()
        if "description" not in text and "$ref" not in str(text)
    ]
    assert silent == []
