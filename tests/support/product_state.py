"""All that runs of the synonym pipelines leave behind, free of what must differ between two worlds."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.support.product_search import BUCKET, DOMAIN, INDEX, ProductSearch

_DIFFERS = re.compile(r"\bF\d{9}\b|(?<=\"made_at\": \")[^\"]+")
"""A package's id, and the moment at which an index was made."""
_LEDGER = {
    "run": "dag_id, run_id, pipeline, stamp, state",
    "step": "dag_id, run_id, task_id, map_index, state",
    "synonym_release": "pipeline, run_id, sha256, version, state, rules, rules_added, rules_removed, rules_changed",
    "synonym_change": "run_id, kind, before, after",
    "synonym_probe": "run_id, query, passed",
}


def end_state(shop: ProductSearch, *queries: str) -> dict[str, Any]:
    """Package, domain, bucket, index, answers to queries, and ledger."""
    state = {
        "packages": _packages(shop),
        "objects": _objects(shop),
        "index": shop.search.read(f"/{INDEX}")[INDEX]["mappings"],
        "analysis": shop.search.read(f"/{INDEX}/_settings")[INDEX]["settings"]["index"]["analysis"],
        "answers": {query: sorted(shop.titles(query)) for query in queries},
        "ledger": {
            table: shop.ledger(f"SELECT {names} FROM switchyard.{table} ORDER BY {names}")
            for table, names in _LEDGER.items()
        },
    }
    return json.loads(_DIFFERS.sub("DIFFERS", json.dumps(state, sort_keys=True, default=str)))


def _packages(shop: ProductSearch) -> list[Any]:
    opensearch = shop.client("opensearch")
    on_domain = opensearch.list_packages_for_domain(DomainName=DOMAIN)["DomainPackageDetailsList"]
    return [
        {
            "name": one["PackageName"],
            "status": one["PackageStatus"],
            "version": one["AvailablePackageVersion"],
            "history": [
                (each["PackageVersion"], each.get("CommitMessage"))
                for each in opensearch.get_package_version_history(PackageID=one["PackageID"])[
                    "PackageVersionHistoryList"
                ]
            ],
            "on_domain": [
                (each["DomainPackageStatus"], each["PackageVersion"], each["ReferencePath"])
                for each in on_domain
                if each["PackageID"] == one["PackageID"]
            ],
        }
        for one in opensearch.describe_packages()["PackageDetailsList"]
    ]


def _objects(shop: ProductSearch) -> dict[str, str]:
    s3 = shop.client("s3")
    return {
        key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in sorted(shop.objects())
    }
