"""The policies of the synonym pipelines' roles, against the calls that they make to AWS and to the domain."""

from __future__ import annotations

import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from switchyard.search.client import SearchClient
from tests.support.dag_runner import TaskFailed
from tests.support.product_search import FROZEN_CUSTARD, TITLES, ProductSearch
from tests.support.recovery import REPOSITORY

CALLED_OTHERWISE = {
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
}
"""S3 operations whose action has another name."""
DOMAIN = "arn:aws:es:us-west-2:111111111111:domain/products"
IN_DETAIL = {
    "synonym_refresh": {"es:GetPackageVersionHistory", "s3:GetBucketPolicyStatus", "s3:GetBucketAcl"},
    "synonym_bootstrap": {
        "es:GetPackageVersionHistory", "es:ESHttpHead", "s3:GetBucketPolicyStatus", "s3:GetBucketAcl",
    },
}  # fmt: skip
"""Actions without occasion here: where public access is not blocked, where there is an alias, at a second bootstrap."""


@pytest.fixture
def configure(product_configuration: Path) -> Callable[..., None]:
    """Changes the pipeline's configuration."""

    def change(*, index: dict[str, Any], **sections: Any) -> None:
        content = yaml.safe_load(product_configuration.read_text())
        content["domains"][0]["indexes"][0] |= index
        content["waits"] |= {"settle_seconds": 2, "timeouts_minutes": {"probes": 0.05}}
        product_configuration.write_text(yaml.safe_dump(content | sections))

    return change


class Requests:
    """What a run has asked of the domain itself, kept in a file as each of its tasks is a process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.touch()

    def install(self, _task_id: str) -> None:
        send, path = SearchClient._send, self._path

        def keep(client: SearchClient, method: str, url: str, body: Any) -> Any:
            with path.open("a") as file:
                file.write(f"es:ESHttp{method.capitalize()} {DOMAIN}{url.partition('?')[0]}\n")
            return send(client, method, url, body)

        SearchClient._send = keep

    @property
    def made(self) -> set[tuple[str, str]]:
        """Actions with their resources."""
        return {tuple(line.split(" ", 1)) for line in self._path.read_text().splitlines()}


class Role:
    """The statements of some policy files."""

    def __init__(self, *names: str) -> None:
        files = [REPOSITORY / "docs" / "reference" / "iam" / f"{name}.json" for name in names]
        self._statements = [one for file in files for one in json.loads(file.read_text())["Statement"]]

    @property
    def actions(self) -> set[str]:
        return {action for one in self._statements for action in _listed(one["Action"])}

    def allows(self, action: str, resource: str) -> bool:
        return any(
            action in _listed(one["Action"]) and fnmatchcase(resource, pattern)
            for one in self._statements
            for pattern in _listed(one["Resource"])
        )

    def unused(self, made: set[tuple[str, str]]) -> set[str]:
        """Paths of the domain that the role may use and no request did."""
        return {
            pattern
            for one in self._statements
            if all(action.startswith("es:ESHttp") for action in _listed(one["Action"]))
            for pattern in _listed(one["Resource"])
            if not any(
                action in _listed(one["Action"]) and fnmatchcase(path, pattern) for action, path in made
            )
        }


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _actions(shop: ProductSearch, begun: int) -> set[str]:
    return {
        f"{call['service']}:{CALLED_OTHERWISE.get(call['operation'], call['operation'])}"
        for call in shop.calls()[begun:]
    }


def test_roles_allow_what_the_pipelines_do(
    shop: ProductSearch, configure: Callable[..., None], tmp_path: Path
) -> None:
    """It should allow each role every call and request of its runs, roll back included, and none without use."""
    configure(index={}, apply={"refresh": "explicit"})
    made, begun = Requests(tmp_path / "bootstrap"), len(shop.calls())
    shop.bootstrap(before_try=made.install)
    _require(Role("synonym_bootstrap"), "synonym_bootstrap", _actions(shop, begun), made.made)

    shop.insert(*FROZEN_CUSTARD)
    made, begun = Requests(tmp_path / "refresh"), len(shop.calls())
    shop.run("synonym_refresh", before_try=made.install)
    shop.edit("UPDATE SynonymsTable SET Synonym_1 = 'sorbet', Synonym_2 = NULL WHERE Base_Term = 'danish'")
    with pytest.raises(TaskFailed, match="probe_search"):
        shop.run("synonym_refresh", before_try=made.install)
    _require(Role("synonym_refresh"), "synonym_refresh", _actions(shop, begun), made.made)


def test_roles_allow_what_indexing_again_takes(
    shop: ProductSearch, configure: Callable[..., None], tmp_path: Path
) -> None:
    """It should allow it by the policy for index_time besides, whose every path is used."""
    configure(index={"use": "index_time", "alias": "products-live"}, apply={"keep_old_index_hours": 0})
    made = Requests(tmp_path / "requests")
    shop.run("synonym_bootstrap", before_try=made.install)
    for title in TITLES:
        shop.search.write("POST", "/products-live/_doc?refresh=true", {"title": title})
    shop.insert(*FROZEN_CUSTARD)
    shop.run("synonym_refresh", before_try=made.install)
    shop.insert("hightop", "sneaker", None)
    shop.run("synonym_refresh", before_try=made.install)

    role = Role("synonym_refresh", "synonym_bootstrap", "synonym_index_time")
    assert {one for one in made.made if not role.allows(*one)} == set()
    assert Role("synonym_index_time").unused(made.made) == set()


def _require(role: Role, name: str, actions: set[str], requests: set[tuple[str, str]]) -> None:
    assert actions - role.actions == set()
    assert {one for one in requests if not role.allows(*one)} == set()
    used = actions | {action for action, _ in requests} | IN_DETAIL[name]
    assert role.actions - used == set()
    assert role.unused(requests) == set()
