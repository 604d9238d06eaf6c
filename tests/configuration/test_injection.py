"""Hostile texts in every field of every configuration file: refused by name, or kept as they are and nothing more.

The fields are found by a walk over the models, so that a new field is tried without anybody's help.
"""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from switchyard.configuration import plain_text
from switchyard.configuration.faults import Fault, faults_of
from switchyard.configuration.loader import MODELS, load
from tests.configuration.conftest import EXAMPLES, Files
from tests.support import figures
from tests.support.hostile import HOSTILE

Path = tuple[str | int, ...]
"""Where a value stands: names of fields, numbers of items."""

LONGEST_MESSAGE = 1_000
"""Characters of an error line, whatever was written into the field."""


def leaves(annotation: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every place below an annotation where a single value stands, with its type; names of mappings among them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from leaves(get_args(annotation)[0], path)
    elif origin in (Union, UnionType):
        for one in get_args(annotation):
            yield from leaves(one, path)
    elif origin is tuple:
        yield from leaves(get_args(annotation)[0], (*path, 0))
    elif origin is dict:
        yield (*path, "KEY"), str
        yield from leaves(get_args(annotation)[1], (*path, "VALUE"))
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            yield from leaves(field.annotation, (*path, field.alias or name))
    else:
        yield path, str if annotation is Any or origin is Literal else annotation


def places_of(model: type[BaseModel], *kinds: type) -> list[Path]:
    """The places of a model for values of these types, each once."""
    return sorted({path for path, kind in leaves(model, ()) if kind in kinds}, key=str)


def example(pipeline: str) -> dict[str, Any]:
    """The example, with one item of each long list, which is tried as it is."""
    data = yaml.safe_load(EXAMPLES[pipeline].read_text(encoding="utf-8"))
    if "macie" in data:
        data["macie"]["custom_identifiers"] = data["macie"]["custom_identifiers"][:1]
    if pipeline == "federated_load":
        data["tables"] = data["tables"][:1]
    return {"name": EXAMPLES[pipeline].stem} | data


def written(data: Any, path: Path, value: Any) -> Any:
    """The data with a value at a place, which is made where it is not."""
    if not path:
        return value
    first, *rest = path
    if first == "KEY":
        return {value: "x"}
    if first == "VALUE":
        return {"DBInstanceClass": written(None, tuple(rest), value)}
    if isinstance(first, int):
        items = list(data) if isinstance(data, list) and data else [None]
        return [written(items[0], tuple(rest), value), *items[1:]]
    fields = dict(data) if isinstance(data, dict) else {}
    return fields | {first: written(fields.get(first), tuple(rest), value)}


def judged(model: type[Any], data: dict[str, Any]) -> list[Fault]:
    """The errors of a file, as the loader finds them behind the YAML."""
    if unusable := [Fault("file.yaml", *one) for one in plain_text.unusable(data)]:
        return unusable
    try:
        model.model_validate_json(json.dumps(data))
    except ValidationError as error:
        return list(faults_of("file.yaml", error, model))
    return []


def named(path: Path) -> str:
    """The first field of a place, which an error about it must name."""
    return str(path[0])


FREE = re.compile(
    r"^(description|owner|notify\.0\.arguments.*|explained_differences.*|tags\.0|.*approvers\.0"
    r"|probes\.0\.(query|finds\.0|not_finds\.0)|exceptions\.0\.(schema|table|column|detector|owner|reason)"
    r"|macie\.custom_identifiers\.0\.(description|regex|finds\.0|not_finds\.0|keywords\.0|ignore_words\.0)"
    r"|(tables|excluded)\.0\.(schema|table|exclude_columns\.0|filters\.0\.(column|value|start|end))"
    r"|analysis\.filters.*|.*overrides\.VALUE|(schedule|alert|notification)\.asset)$"
)
"""Fields for texts of people and for names of databases, which are bound, quoted or shown, and never run."""
KEPT_IN_SECRETS = {"URL", "path upwards", "path with a dot"}
"""What the name of a secret may hold, which Secrets Manager alone reads."""


@pytest.mark.parametrize("pipeline", MODELS)
def test_hostile_text_is_refused_by_name_or_kept_as_it_is(pipeline):
    """It should refuse each text in one line that names the field, or take it where texts are people's own."""
    model, good = MODELS[pipeline], example(pipeline)
    places = places_of(model, str)
    assert len(places) > 20
    taken, wrong = Counter[str](), []
    for path in places:
        dotted = ".".join(map(str, path))
        for kind, text in HOSTILE.items():
            faults = judged(model, written(copy.copy(good), path, text))
            if not faults:
                taken[dotted] += 1
                if not FREE.match(dotted) and not ("secret_id" in dotted and kind in KEPT_IN_SECRETS):
                    wrong.append(f"{dotted} takes {kind}")
                continue
            for line in map(str, faults):
                if not line.isprintable() or len(line) > LONGEST_MESSAGE or line.count(": ") < 2:
                    wrong.append(f"{dotted}: {kind}: {line[:200]!r}")
            if not any(named(path) in fault.field for fault in faults):
                wrong.append(f"{dotted}: {kind}: no error names it: {faults[0]}"[:300])
    figures.record(
        "injection",
        place=f"configuration of {pipeline}",
        fields=len(places),
        texts=len(HOSTILE),
        refused=len(places) * len(HOSTILE) - taken.total(),
        kept_literal=taken.total(),
        lost=len(wrong),
    )
    assert wrong == []


@pytest.mark.parametrize("pipeline", MODELS)
@pytest.mark.parametrize(
    "kind", ["template", "template statement", "template comment", "NUL", "half a character"]
)
def test_no_field_takes_what_something_would_run(pipeline, kind):
    """It should refuse in every field what Airflow would render, and what no database and no AWS takes."""
    model, good = MODELS[pipeline], example(pipeline)
    taken = [
        path
        for path in places_of(model, str)
        if not judged(model, written(copy.copy(good), path, HOSTILE[kind]))
    ]
    templates = [path for path in taken if path[:3] == ("notify", 0, "arguments") and "template" in kind]
    assert taken == templates


@pytest.mark.parametrize("pipeline", MODELS)
def test_no_number_is_without_bounds(pipeline):
    """It should refuse in every field of numbers one below and one above all sense, and what is no number."""
    model, good = MODELS[pipeline], example(pipeline)
    places = places_of(model, int, float)
    assert len(places) > 5
    taken = [
        (path, number)
        for path in places
        for number in (-(10**30), 10**30, -1e300, 1e300, True, "1; --")
        if not judged(model, written(copy.copy(good), path, number))
    ]
    assert taken == []


@pytest.mark.parametrize("kind", [kind for kind in HOSTILE if kind != "very long"])
def test_hostile_name_of_a_field_is_one_line(kind, files):
    """It should show an unknown field in one printable line, whatever it is called, and load nothing."""
    files.example()
    path = files.home / "aurora_recovery" / "orders.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_bytes(json.dumps(data | {HOSTILE[kind]: "hunter2"}).encode())
    loaded = load(files.home)
    assert loaded.instances == ()
    assert len(loaded.errors) == 1
    assert str(loaded.errors[0]).isprintable()
    with pytest.raises(Exception, match=r"aurora_recovery/orders\.yaml") as refusal:
        loaded.require_no_errors()
    assert len(str(refusal.value).splitlines()) == 1


@pytest.mark.parametrize(
    "text", ["!!python/object/apply:os.system [id]", "!!python/name:os.system", "!include /etc/passwd"]
)
@pytest.mark.parametrize("pipeline", MODELS)
def test_tags_of_yaml_are_refused(pipeline, text, tmp_path):
    """It should build nothing but texts, numbers, lists and mappings."""
    files = Files(tmp_path, pipeline)
    source = EXAMPLES[pipeline].read_text(encoding="utf-8")
    files.write(EXAMPLES[pipeline].name, re.sub(r"^owner: .*$", f"owner: {text}", source, flags=re.MULTILINE))
    (error,) = load(files.home).errors
    assert "it is not YAML: could not determine a constructor for the tag" in str(error)
    assert str(error).isprintable()


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("login.password", "hunter2"),
        ("login.aws_secret_access_key", "hunter2"),
        ("login.api_key", "hunter2"),
        ("source.login", {"username": "admin", "password": "hunter2"}),
        ("source.logins", [{"password": "hunter2"}, {"token": ["hunter2"]}]),
        ("source.address", "mysql://admin:hunter2@db.example.org:3306/sakila"),  # pragma: allowlist secret
        ("source.region", "postgres://admin:hunter2@db/sakila"),  # pragma: allowlist secret
        ("login", [{"password": "hunter2"}]),
        ("target", {"webhook_url": "hunter2"}),
        ("notify", [{"events": ["failure"], "notifier": "a.B", "arguments": {"password": "hunter2"}}]),
        ("notify", [{"events": ["failure"], "notifier": "a.B", "arguments": {"x": {"api_key": "hunter2"}}}]),
        ("notify", {"arguments": {"token": "hunter2"}}),
        ("password", "hunter2\0"),
    ],
    ids=str,
)
def test_no_error_shows_a_credential(place, value, files):
    """It should name the field that is wrong and leave out what it holds, as everybody reads import errors."""
    files.example(set={place: value})
    loaded = load(files.home)
    assert loaded.instances == ()
    assert loaded.errors
    assert "hunter2" not in "\n".join(map(str, loaded.errors)) + repr(loaded.errors)
    assert all(place.partition(".")[0] in error.field for error in loaded.errors[:1])
