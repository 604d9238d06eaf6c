"""The shipped policies of the roles for synonyms, enforced: on AWS by the sandbox, on the domain by its client."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from sandbox.policy import Principal, Request, decide
from switchyard.search.client import SearchClient
from tests.support.aws_connections import SOURCE
from tests.support.dag_runner import TaskFailed
from tests.support.least_privilege import (
    Proof,
    Role,
    require_least_privilege,
    shipped,
)
from tests.support.outside import require_nothing_outside
from tests.support.product_search import FROZEN_CUSTARD, TITLES, ProductSearch

DOMAIN = "arn:aws:es:us-west-2:111111111111:domain/products"
CLOSED = "public access to the bucket is blocked, so that nobody looks at its policy and lists"
UNSEEN: dict[str, dict[str, str]] = {
    "synonym_refresh": {
        "CheckTheBucket: s3:GetBucketPolicyStatus": CLOSED,
        "CheckTheBucket: s3:GetBucketAcl": CLOSED,
    },
    "synonym_bootstrap": {
        "CreateThePackage: es:GetPackageVersionHistory": "where the package is there already",
        "CheckTheBucket: s3:GetBucketPolicyStatus": CLOSED,
        "CheckTheBucket: s3:GetBucketAcl": CLOSED,
        "CreateTheIndex: es:ESHttpHead": "where an alias is configured",
    },
}
"""What had no occasion, with the reason."""


@pytest.fixture
def configure(product_configuration: Path) -> Callable[..., None]:
    """Changes the pipeline's configuration."""

    def change(*, index: dict[str, Any], **sections: Any) -> None:
        content = yaml.safe_load(product_configuration.read_text())
        content["domains"][0]["indexes"][0] |= index
        content["waits"] |= {"settle_seconds": 2, "timeouts_minutes": {"probes": 0.05}}
        product_configuration.write_text(yaml.safe_dump(content | sections))

    return change


class Acting:
    """A role with some shipped files, and what its runs have asked of the domain.

    The engine of a domain knows no identities, so the client refuses what no policy allows; as each task is a process
    of its own, a file keeps what was allowed.
    """

    def __init__(self, shop: ProductSearch, *files: str) -> None:
        arn = f"arn:aws:iam::{SOURCE['account_id']}:role/{'-and-'.join(files)}"
        self.role = Role(shop.sandbox, arn, [one for file in files for one in shipped(file, {})])
        self._path = shop.folder / f"{self.role.name}-requests"
        self._path.touch()

    def run(self, shop: ProductSearch, dag: str) -> None:
        """Run a DAG as the role; a failed task raises `TaskFailed`."""
        connection = json.loads(os.environ["AIRFLOW_CONN_AWS_SOURCE"])
        connection["extra"]["role_arn"] = self.role.arn
        os.environ["AIRFLOW_CONN_AWS_SOURCE"] = json.dumps(connection)
        shop.run(dag, before_try=self._judge)

    def _judge(self, _task_id: str) -> None:
        send = SearchClient._send

        def judged(client: SearchClient, method: str, url: str, body: Any) -> Any:
            request = self._request(f"es:ESHttp{method.capitalize()}", f"{DOMAIN}{url.partition('?')[0]}")
            if not decide({"Statement": self.role.statements}, request):
                text = f"no policy allows {request.action} on {request.resource}"
                error = {"Code": "security_exception", "Message": text}
                raise ClientError(
                    {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 403}}, request.action
                )
            with self._path.open("a") as file:
                file.write(f"{request.action} {request.resource}\n")
            return send(client, method, url, body)

        SearchClient._send = judged

    @property
    def made(self) -> list[Request]:
        """Requests to the domain."""
        lines = sorted(set(self._path.read_text().splitlines()))
        return [self._request(*line.split(" ", 1)) for line in lines]

    def _request(self, action: str, resource: str) -> Request:
        return Request(Principal(arn=self.role.arn), action, resource)


@pytest.fixture
def enforced(shop: ProductSearch, monkeypatch: pytest.MonkeyPatch) -> ProductSearch:
    """The shop, where the policies of roles count."""
    monkeypatch.setenv("AIRFLOW_CONN_AWS_SOURCE", os.environ["AIRFLOW_CONN_AWS_SOURCE"])
    shop.sandbox.choose(iam_policies="enforced")
    return shop


def test_policies_are_enough_and_not_too_much(
    enforced: ProductSearch, configure: Callable[..., None]
) -> None:
    """It should let bootstrap, refresh and roll back do all they do, and need each action and path for it."""
    shop = enforced
    configure(index={}, apply={"refresh": "explicit"})
    acting = Acting(shop, "synonym_bootstrap")
    acting.run(shop, "synonym_bootstrap")
    shop.fill()
    require_least_privilege(acting.role, "synonym_bootstrap", UNSEEN["synonym_bootstrap"], acting.made)

    shop.insert(*FROZEN_CUSTARD)
    acting = Acting(shop, "synonym_refresh")
    acting.run(shop, "synonym_refresh")
    shop.edit("UPDATE SynonymsTable SET Synonym_1 = 'sorbet', Synonym_2 = NULL WHERE Base_Term = 'danish'")
    with pytest.raises(TaskFailed, match="probe_search"):
        acting.run(shop, "synonym_refresh")
    require_least_privilege(acting.role, "synonym_refresh", UNSEEN["synonym_refresh"], acting.made)


def test_policy_for_indexing_again_is_enough_and_not_too_much(
    enforced: ProductSearch, configure: Callable[..., None]
) -> None:
    """It should let both roles index again by it besides their own, which one of them needs every part of."""
    shop = enforced
    configure(index={"use": "index_time", "alias": "products-live"}, apply={"keep_old_index_hours": 0})
    first = Acting(shop, "synonym_bootstrap", "synonym_index_time")
    first.run(shop, "synonym_bootstrap")
    for title in TITLES:
        shop.search.write("POST", "/products-live/_doc?refresh=true", {"title": title})
    then = Acting(shop, "synonym_refresh", "synonym_index_time")
    for terms in (FROZEN_CUSTARD, ("hightop", "sneaker", None)):
        shop.insert(*terms)
        then.run(shop, "synonym_refresh")

    needed = {
        part
        for one in (first, then)
        for part in Proof(one.role.statements, [*one.role.asked(), *one.made]).needed
    }
    own = Proof(shipped("synonym_index_time", {}), [])
    assert {*own.actions, *own.resources} - needed == set()
    for one in (first, then):
        require_nothing_outside(one.role.statements, one.role.arn)
