from __future__ import annotations

import pytest

from switchyard.errors import StepFailed
from switchyard.search.analyzers import refresh_analyzers
from switchyard.search.authentication import nobody
from switchyard.search.client import SearchClient
from switchyard.search.indexes import Index

INDEX = Index("products", (), {}, {})
DONE = {
    "_shards": {"total": 2, "successful": 2, "failed": 0},
    "successful_refresh_details": [{"index": "products", "refreshed_analyzers": ["with_synonyms"]}],
}


@pytest.fixture
def client(domain, authority):
    made = SearchClient(domain.url, authenticate=nobody, verify=str(authority.ca_bundle))
    yield made
    made.close()


def test_old_domains_are_asked_by_the_old_name(domain, client):
    """It should find the interface of Elasticsearch 7.8 to 7.10 where the new one is unknown."""
    unknown = {
        "error": "no handler found for uri [/_plugins/_refresh_search_analyzers/products] and method [POST]"
    }
    domain.answers = [(400, unknown), (200, DONE)]
    refresh_analyzers(client, INDEX)
    assert [path for _, path, *_ in domain.requests] == [
        "/_plugins/_refresh_search_analyzers/products",
        "/_opendistro/_refresh_search_analyzers/products",
    ]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({**DONE, "_shards": {"total": 2, "successful": 1, "failed": 1}}, "1 of 2 shards failed"),
        ({**DONE, "successful_refresh_details": []}, "refreshed were no indexes"),
        ({**DONE, "successful_refresh_details": [{"index": "other"}]}, "refreshed were other"),
        (
            {
                "_shards": {
                    "total": 2,
                    "successful": 1,
                    "failed": 1,
                    "failures": [{"shard": 0, "reason": {"type": "x", "reason": "Failed to build synonyms"}}],
                },
                "successful_refresh_details": [],
            },
            r"\(Failed to build synonyms\)",
        ),
        ({}, "None of None shards failed"),
    ],
)
def test_anything_but_every_shard_is_a_failure(domain, client, answer, found):
    """It should read the counts, whatever the HTTP status, and require the index among those that are done (P07)."""
    domain.answers = [(200, answer)]
    with pytest.raises(StepFailed, match=found):
        refresh_analyzers(client, INDEX)
