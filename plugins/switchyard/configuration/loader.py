"""Loading of all configuration files, each by itself: an error in one never hurts another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from switchyard.configuration import places, plain_text, yaml_text
from switchyard.configuration.aurora_recovery import AuroraRecovery
from switchyard.configuration.faults import ConfigurationError, Fault, faults_of
from switchyard.configuration.federated_load import FederatedLoad
from switchyard.configuration.instance import Claim, Instance
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
    """What a folder holds.

    Attributes:
        instances: those whose DAGs are made. Where two of them claim one thing, each knows it (``refusal``).
        errors: what is wrong with files, and between them.
    """

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
        Instances sorted by pipeline and name, and one entry for each error: of the files of which no instance could
        be made, and of the instances that claim what another one claims.
    """
    found = folder or places.pipelines_folder()
    if found is None or not found.is_dir():
        return Loaded((), (places.nowhere(found),))
    instances: dict[str, Instance] = {}
    errors = list(_misplaced(found))
    for path in _files(found):
        file = str(path.relative_to(found))
        result = _load_file(found, path)
        if isinstance(result, Instance):
            result = _twice(file, result, instances) or result
        if isinstance(result, Instance):
            instances[file] = result
        else:
            errors += result
    return Loaded(tuple(instances.values()), (*errors, *_contests(instances)))


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


def _load_file(folder: Path, path: Path) -> Result:
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
    return list(_missing_sql(file, folder, instance)) or instance


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


def _twice(file: str, instance: Instance, before: Mapping[str, Instance]) -> list[Fault]:
    """Refuse a second file of one name, as orders.yml is beside orders.yaml."""
    others = [other for other, one in before.items() if one.pipeline == instance.pipeline]
    return [
        Fault(file, "name", instance.name, f"{other} has that name, too", "Rename or remove one of them.")
        for other in others
    ]


def _contests(instances: Mapping[str, Instance]) -> list[Fault]:
    """Find what more than one instance claims, and let each of them know.

    None is preferred: a file that was added looks like the one that it is a copy of.
    """
    claimed: dict[str, list[tuple[str, Claim]]] = {}
    for file, instance in instances.items():
        for claim in instance.claims():
            claimed.setdefault(claim.key, []).append((file, claim))
    found = []
    for claims in claimed.values():
        for file, claim in claims:
            if others := list(dict.fromkeys(other for other, _ in claims if other != file)):
                fault = _contest(file, claim, others)
                instances[file].contest(claim, str(fault))
                found.append(fault)
    return sorted(found, key=lambda fault: fault.file)


def _contest(file: str, claim: Claim, others: Sequence[str]) -> Fault:
    runs = f"run of {' or '.join(claim.dags)}" if claim.dags else "run"
    problem = f"{claim.deed} by {' and '.join(others)}, too, so that no {runs} of any of them begins"
    return Fault(file, claim.field, claim.value, problem, claim.remedy)


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
