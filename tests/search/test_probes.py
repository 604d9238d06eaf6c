"""What counts as found: whole words in a field of any hit, not just of the first page."""

from __future__ import annotations

import json

import pytest

from switchyard.search.authentication import nobody
from switchyard.search.client import SearchClient
from switchyard.search.probes import run_probe

PROBE = {
    "query": "gelato",
    "index": "products",
    "field": "title",
    "finds": ["ice cream"],
    "not_finds": ["frozen pizza"],
}


@pytest.fixture
def answering(domain, authority):
    """Lets the domain answer a search with these documents, of so many."""
    clients = []

    def answer(*pages, total=None):
        domain.answers = [
            (
                200,
                {
                    "hits": {
                        "total": {"value": len(page) if total is None else total, "relation": "eq"},
                        "hits": [{"_id": str(number), "_source": one} for number, one in enumerate(page)],
                    }
                },
            )
            for page in pages
        ]
        clients.append(SearchClient(domain.url, authenticate=nobody, verify=str(authority.ca_bundle)))
        return clients[-1]

    yield answer
    for one in clients:
        one.close()


def titled(*titles):
    return [{"title": title} for title in titles]


@pytest.mark.parametrize(
    ("titles", "missing", "unwanted"),
    [
        (["Vanilla ICE  cream, 1 l"], (), ()),
        (["nice cream"], ("ice cream",), ()),
        (["ice creams"], ("ice cream",), ()),
        (["ice-cold cream"], ("ice cream",), ()),
        (["ice cream", "Frozen Pizza (2)"], (), ("frozen pizza",)),
        ([], ("ice cream",), ()),
    ],
)
def test_texts_are_found_as_whole_words(answering, titles, missing, unwanted):
    """It should find a text in any case within a longer one, and not within a word."""
    result = run_probe(answering(titled(*titles)), PROBE, "products")
    assert (result.missing, result.unwanted, result.hits) == (missing, unwanted, len(titles))
    assert result.passed is (not missing and not unwanted)


def test_texts_behind_the_first_page_are_asked_for(answering, domain):
    """It should not take a text for missing, or for absent, because other hits came first."""
    client = answering(titled("sorbet"), titled("ice cream"), titled("frozen pizza"), total=5000)
    result = run_probe(client, PROBE, "products")
    assert (result.hits, result.missing, result.unwanted) == (5000, (), ("frozen pizza",))
    bodies = [json.loads(body)["query"] for *_, body in domain.requests]
    match = {"match": {"title": {"query": "gelato"}}}
    assert bodies == [
        match,
        {"bool": {"must": [match], "filter": [{"match_phrase": {"title": "ice cream"}}]}},
        {"bool": {"must": [match], "filter": [{"match_phrase": {"title": "frozen pizza"}}]}},
    ]


@pytest.mark.parametrize(
    "source",
    [
        {"maker": {"name": "ice cream"}},
        {"maker": [{"name": "sorbet"}, {"name": ["x", "ice cream"]}]},
        {"maker.name": "ice cream"},
    ],
)
def test_fields_lie_in_objects_and_lists(answering, source):
    """It should find the text wherever the document has the field."""
    assert run_probe(answering([source]), {**PROBE, "field": "maker.name"}, "products").missing == ()


def test_results_are_told_in_words_and_kept_in_json(answering, domain):
    """It should name query, field and what is wrong, and search the index that was asked for."""
    result = run_probe(answering(titled("frozen pizza")), PROBE, "live")
    assert str(result) == "'gelato' in live.title does not find 'ice cream' and finds 'frozen pizza'"
    assert json.loads(json.dumps(result.as_dict())) == {
        "query": "gelato",
        "index": "live",
        "field": "title",
        "finds": ["ice cream"],
        "not_finds": ["frozen pizza"],
        "hits": 1,
        "missing": ["ice cream"],
        "unwanted": ["frozen pizza"],
        "passed": False,
    }
    assert domain.requests[0][:2] == ("GET", "/live/_search")
