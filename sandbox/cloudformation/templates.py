"""What a template may say, and in which order its resources go."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from moto.cloudformation.parsing import ResourceMap
from moto.cloudformation.parsing import parse_and_update_resource as moto_update
from moto.cloudformation.parsing import resource_class_from_type as moto_class
from moto.cloudformation.utils import yaml_tag_constructor
from yaml.parser import ParserError
from yaml.scanner import ScannerError

from sandbox.errors import Refused

moto_load_parameters = ResourceMap.load_parameters


class Loader(yaml.CSafeLoader):
    """YAML with the short forms of functions, read by the parser in C: moto's takes most of a stack's time."""


Loader.add_multi_constructor("", yaml_tag_constructor)


def parse(template: str) -> dict[str, Any]:
    """Return a template that is written in YAML or JSON."""
    try:
        found: dict[str, Any] = yaml.load(template, Loader=Loader)  # noqa: S506 - it derives from the safe one
    except (ParserError, ScannerError):
        found = json.loads(template)
    return found


def resource_class(resource_type: str) -> Any:
    """Return the class of a type; unlike moto, which skips what it does not know, refuse an unknown one."""
    found: Any = moto_class(resource_type)
    if found is None and not resource_type.startswith("AWS::CloudFormation::WaitCondition"):
        raise NotImplementedError(f"resources of type {resource_type}")
    return found


def update(
    logical_id: str, resource_json: Any, resources_map: ResourceMap, account_id: str, region_name: str
) -> Any:
    """Change a resource as its template says; unlike moto, which forgets those it cannot change, refuse that."""
    found: Any = moto_update(logical_id, resource_json, resources_map, account_id, region_name)
    if found is None:
        raise NotImplementedError(f"changes of {resource_json['Type']} in templates")
    return found


def load_parameters(resources: ResourceMap) -> None:
    """Read the parameters of a stack; ValidationError for a value that the template does not admit.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
    """
    moto_load_parameters(resources)
    declared: Mapping[str, Mapping[str, Any]] = resources._template.get("Parameters", {})
    unknown = sorted(set(resources.input_parameters) - set(declared))
    if unknown:
        raise Refused(
            "ValidationError", f"Parameters: [{', '.join(unknown)}] do not exist in the template", 400
        )
    for name, rules in declared.items():
        values = resources.resolved_parameters[name]
        for value in values if isinstance(values, list) else [values]:
            for problem in _problems(value, rules):
                wanted = rules.get("ConstraintDescription") or problem
                raise Refused(
                    "ValidationError", f"Parameter '{name}' must be {wanted}, and is '{value}'", 400
                )


def delete(resources: ResourceMap) -> None:
    """Delete a stack's resources in the reverse order of their making, so that none goes before what needs it.

    Those of DeletionPolicy Retain stay. The first that cannot be deleted ends it.
    """
    made = [name for name in resources._parsed_resources if name in resources._resource_json_map]
    for name in reversed(made):
        declared = resources._resource_json_map[name]
        if declared.get("DeletionPolicy") != "Retain":
            resources._delete_resource(resources._parsed_resources[name], declared)
            del resources._parsed_resources[name]


def _problems(value: Any, rules: Mapping[str, Any]) -> Iterator[str]:
    allowed = [str(one) for one in rules.get("AllowedValues", [])]
    if allowed and str(value) not in allowed:
        yield f"one of {', '.join(allowed)}"
    if "AllowedPattern" in rules and not re.fullmatch(rules["AllowedPattern"], str(value)):
        yield f"text that fits {rules['AllowedPattern']}"
    if "MaxLength" in rules and len(str(value)) > int(rules["MaxLength"]):
        yield f"at most {rules['MaxLength']} characters long"
    if "MinValue" in rules and float(value) < float(rules["MinValue"]):
        yield f"{rules['MinValue']} or more"
    if "MaxValue" in rules and float(value) > float(rules["MaxValue"]):
        yield f"{rules['MaxValue']} or less"
