"""Loading of all configuration files, each by itself: an error in one never hurts another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from switchyard.configuration import places, plain_text, yaml_text
from switchyard.configuration.aurora_recovery import AuroraRecovery
from switchyard.configuration.faults import ConfigurationError, Fault, faults_of
from switchyard.configuration.federated_load import FederatedLoad
from switchyard.configuration.instance import Instance
from switchyard.configuration.sensitive_data_discovery import SensitiveDataDiscovery
from switchyard.configuration.synonym_refresh import SynonymRefresh
from switchyard.configuration.warehouse_health import WarehouseHealth
from switchyard.discretion import veiled

MODELS: Mapping[str, type[Instance]] = {
    model.folder: model
    for model in (AuroraRecovery, FederatedLoad, SensitiveDataDiscovery, SynonymRefresh, WarehouseHealth)
}
"""Model by folder, the folder being the name of the pipeline."""

FILE_LIMIT = 262_144
"""Bytes of a configuration file; a full one has about 5,000."""

_Model = TypeVar("_Model", bound=Instance)
Result = Instance | list[Fault]


@dataclass(frozen=True)
class Loaded:
    """What a folder holds: the instances that may run, and the errors of those that may not."""

    instances: tuple[Instance, ...]
    errors: tuple[Fault, ...]

    def of(self, model: type[_Model]) -> tuple[_Model, ...]:
        """Give the instances of one pipeline, by name."""
        return tuple(instance for instance in self.instances if isinstance(instance, model))

    def require_no_errors(self) -> None:
        """Raise what is wrong with any file; ConfigurationError holds one line for each error."""
        if self.errors:
            raise ConfigurationError(self.errors)


def load(folder: Path | None = None) -> Loaded:
    """Load every configuration file.

    Args:
        folder: Where to look; None looks where `places.pipelines_folder` says.

    Returns:
        Valid instances sorted by pipeline and name, and one entry for each error of the others.
    """
    found = folder or places.pipelines_folder()
    if found is None or not found.is_dir():
        return Loaded((), (places.nowhere(found),))
    instances: list[Instance] = []
    errors = list(_misplaced(found))
    claimed: dict[str, str] = {}
    for path in _files(found):
        result = _load_file(found, path, claimed)
        if isinstance(result, Instance):
            instances.append(result)
            claimed |= dict.fromkeys(_claimed_by(result), result.pipeline)
        else:
            errors += result
    return Loaded(tuple(instances), tuple(errors))


def _files(folder: Path) -> list[Path]:
    return sorted(path for name in MODELS for path in (folder / name).glob("*") if _is_yaml(path))


def _is_yaml(path: Path) -> bool:
    # A link to nowhere counts, so that it is reported as unreadable and not passed over.
    return path.suffix.lower() in (".yaml", ".yml") and (path.is_file() or path.is_symlink())


def _misplaced(folder: Path) -> Iterator[Fault]:
    """Find YAML files that no pipeline would read; in silence they would look like running pipelines."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if _is_yaml(path) and not (len(inside.parts) == 2 and inside.parts[0] in MODELS):
            homes = ", ".join(f"{name}/" for name in MODELS)
            yield Fault(
                str(inside), "", None, "no pipeline reads this folder", f"Move the file into {homes}."
            )


def _load_file(folder: Path, path: Path, claimed: Mapping[str, str]) -> Result:
    file = str(path.relative_to(folder))
    model = MODELS[path.parent.name]
    try:
        data = _read(path)
    except yaml.YAMLError as error:
        return [_yaml_fault(file, error)]
    except (OSError, UnicodeDecodeError) as error:
        return [Fault(file, "", None, f"it cannot be read: {error}", "Store it as readable UTF-8 text.")]
    if unusable := list(_unusable(file, path, data)):
        return unusable
    try:
        instance = model.model_validate_json(json.dumps(data))
    except ValidationError as error:
        return list(faults_of(file, error, model))
    return [*_clashes(file, instance, claimed), *_missing_sql(file, folder, instance)] or instance


def _unusable(file: str, path: Path, data: Any) -> Iterator[Fault]:
    """Find what is wrong with a file whatever its pipeline is; give it the name that it may leave out."""
    if not isinstance(data, dict):
        yield Fault(file, "", None, "it holds no fields", "Write FIELD: VALUE lines, see the schema folder.")
        return
    yield from (Fault(file, *one) for one in plain_text.unusable(data))
    if data.setdefault("name", path.stem) != path.stem:
        yield Fault(
            file, "name", veiled(data["name"]), f"the file is called {path.name}", "Give both one name."
        )


def _read(path: Path) -> Any:
    if path.stat().st_size > FILE_LIMIT:
        raise yaml.YAMLError(f"it is larger than {FILE_LIMIT} bytes")
    return yaml_text.parse(path.read_text(encoding="utf-8"))


def _yaml_fault(file: str, error: yaml.YAMLError) -> Fault:
    remedy = "Correct the YAML; look at indentation, colons, quotation marks and tabs on that line and above."
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Fault(file, "", None, f"it is not YAML: {error}", remedy)
    mark = error.problem_mark
    what = " ".join(filter(None, (error.problem, error.context)))
    return Fault(
        file, f"line {mark.line + 1}, column {mark.column + 1}", None, f"it is not YAML: {what}", remedy
    )


def _clashes(file: str, instance: Instance, claimed: Mapping[str, str]) -> Iterator[Fault]:
    """Refuse a second file of one name, and a second pipeline that would change the same thing."""
    if instance.pipeline in claimed:
        yield Fault(
            file, "name", instance.name, "another file has that name", "Rename or remove one of them."
        )
        return
    for claim in instance.claims():
        if other := claimed.get(claim.key):
            yield Fault(file, claim.field, claim.value, f"{other} {claim.deed}", claim.remedy)


def _claimed_by(instance: Instance) -> Iterator[str]:
    yield instance.pipeline
    yield from (claim.key for claim in instance.claims())


def _missing_sql(file: str, folder: Path, instance: Instance) -> Iterator[Fault]:
    for needed in instance.sql_files():
        home = places.sql_folder(folder, needed.home)
        if home is not None and not (home / needed.value).is_file():
            yield Fault(
                file,
                needed.field,
                needed.value,
                f"there is no such file in {PurePosixPath('sql') / needed.home}",
                "Write that file, or correct its name.",
            )
