"""The JSON Schemas that editors use."""

import jsonschema
import pytest
import yaml

from switchyard.configuration import schema
from switchyard.configuration.loader import MODELS
from tests.configuration.conftest import EXAMPLES, PIPELINES


def test_written_schemas_are_current():
    """It should find in the repository what `python -m switchyard.configuration schema` would write."""
    folder = PIPELINES / schema.FOLDER
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == schema.schemas()


@pytest.mark.parametrize("pipeline", EXAMPLES)
def test_the_example_follows_its_schema(pipeline):
    """It should accept the example in an editor, and underline a misspelt field."""
    path = PIPELINES / schema.FOLDER / f"{pipeline}.json"
    validator = jsonschema.Draft202012Validator(yaml.safe_load(path.read_text(encoding="utf-8")))
    data = yaml.safe_load(EXAMPLES[pipeline].read_text(encoding="utf-8"))
    validator.validate(data)
    with pytest.raises(jsonschema.ValidationError, match="'pol_interval' was unexpected"):
        validator.validate({**data, "waits": {"pol_interval": 1}})


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.folder)
def test_every_field_is_described(model):
    """It should tell a person at each field what it is for."""
    definitions = model.model_json_schema()
    silent = [
        f"{name}.{field}"
        for name, section in {model.__name__: definitions, **definitions["$defs"]}.items()
        for field, text in section.get("properties", {}).items()
        if "description" not in text and "$ref" not in str(text)
    ]
    assert silent == []
