"""JSON Schemas of the configuration files, so that editors complete and check them while they are written."""

from __future__ import annotations

import json
from pathlib import Path

from switchyard.configuration.loader import MODELS

FOLDER = "schema"


def schemas() -> dict[str, str]:
    """Give the text of each schema file by its name."""
    return {f"{name}.json": _text(name) for name in MODELS}


def write(pipelines: Path) -> list[Path]:
    """Write the schema files below the folder of the configuration files, and give their paths."""
    folder = pipelines / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in schemas().items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def _text(name: str) -> str:
    schema = MODELS[name].model_json_schema()
    # The loader takes the name from the file; an editor must not ask for it.
    schema["required"] = [field for field in schema["required"] if field != "name"]
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"
