import pytest

from tests.support.search import FROZEN, GRAPH, ICE_CREAM, search_time

RULES = {"synonyms": [ICE_CREAM]}


def test_graph_keeps_words_of_a_term_together(api):
    """It should find ice cream for gelato, and nothing that has only one of the two words."""
    index = api.index(search_time({**GRAPH, **RULES}), FROZEN)
    assert api.titles(index, "gelato") == {"gelato", "ice cream"}


def test_flat_mixes_words_of_terms(api):
    """It should find frozen pizza for gelato too, which is why synonym_graph is the one to use."""
    index = api.index(search_time({**RULES, "type": "synonym"}), FROZEN)
    assert api.titles(index, "gelato") == {"gelato", "ice cream", "frozen pizza", "cream ice", "ice custard"}


def test_phrases_can_be_switched_off_in_a_query(api):
    """It should look for the words of a term alone where the query says so."""
    index = api.index(search_time({**GRAPH, **RULES}), FROZEN)
    match = {"title": {"query": "gelato", "auto_generate_synonyms_phrase_query": False}}
    assert api.titles(index, {"match": match}) == {"gelato", "ice cream", "cream ice"}


def test_synonyms_need_lowercase_before_them(api):
    """It should not expand W1 where nothing folds its case, as in AWS's own example."""
    rules = {**GRAPH, "synonyms": ["w1, croissant"]}
    folded = api.index(search_time(rules), FROZEN)
    plain = api.index(search_time(rules, before=()), FROZEN)
    assert api.titles(folded, "W1") == {"croissant"}
    assert api.titles(plain, "W1") == set()
    assert api.titles(plain, "w1") == {"croissant"}


@pytest.mark.parametrize(("expand", "found"), [(True, {"gelato", "croissant"}), (False, {"gelato"})])
def test_expand(api, expand, found):
    """It should take a group's terms for each other, or all for the first."""
    rules = {**GRAPH, "synonyms": ["gelato, croissant"], "expand": expand}
    assert api.titles(api.index(search_time(rules), FROZEN), "croissant") == found


def test_replacements_drop_the_term_itself(api):
    """It should search for the right side alone."""
    index = api.index(search_time({**GRAPH, "synonyms": ["gelato => croissant"]}), FROZEN)
    assert api.titles(index, "gelato") == {"croissant"}


def test_a_bad_rule_takes_the_index_down_with_it(api):
    """It should refuse the index and not say which word is bad, unless told to be lenient."""
    body = search_time({**GRAPH, "synonyms": ["gelato, croissant", "$$$, dollar"]})
    refused = api("PUT", "/bad-rule", body)
    assert refused.status == 400
    assert refused.body["error"]["type"] == "illegal_argument_exception"
    assert refused.body["error"]["reason"] == "Failed to build synonyms"
    assert "caused_by" not in refused.body["error"]
    assert api("HEAD", "/bad-rule").status == 404


@pytest.mark.parametrize(
    ("rule", "query", "found"),
    [
        ("$$$, gelato, croissant", "gelato", {"gelato", "croissant"}),
        ("gelato, $$$", "gelato", {"gelato"}),
        ("$$$ => gelato", "croissant", {"croissant"}),
        ("$$$, croissant => gelato, %%%", "croissant", {"gelato"}),
        ("gelato, croi\\,ssant, \\$", "gelato", {"gelato"}),
        ("   ", "gelato", {"gelato"}),
        ("$$$,#gelato,croissant", "croissant", {"gelato", "croissant"}),
    ],
)
def test_lenient_drops_terms_in_silence(api, rule, query, found):
    """It should leave out what it cannot analyze and keep the rest of the line, and the other lines."""
    rules = {**GRAPH, "synonyms": [rule, "cream ice, ice custard"], "lenient": True}
    index = api.index(search_time(rules), FROZEN)
    assert api.titles(index, query) == found
    assert "cream ice" in api.titles(index, "ice custard")


def test_lenient_without_expansion_loses_a_group_whose_first_term_is_bad(api):
    """It should have nothing to replace the terms with."""
    rules = {**GRAPH, "synonyms": ["$$$, gelato, croissant"], "lenient": True, "expand": False}
    assert api.titles(api.index(search_time(rules), FROZEN), "croissant") == {"croissant"}


def test_lenient_does_not_forgive_two_arrows(api):
    """It should refuse a malformed line all the same."""
    refused = api("PUT", "/arrows", search_time({**GRAPH, "synonyms": ["a => b => c"], "lenient": True}))
    assert refused.body["error"]["reason"] == "Failed to build synonyms"


def test_rules_are_read_by_the_filters_before_them(api):
    """It should take the same rule behind one chain and refuse it behind another."""
    rules = {**GRAPH, "synonyms": ["the, gelato"]}
    api.index(search_time(rules))
    stop = {"type": "stop", "stopwords": ["the"]}
    body = search_time(rules, before=("lowercase", "no_articles"))
    body["settings"]["analysis"]["filter"]["no_articles"] = stop
    assert api("PUT", "/stopped", body).body["error"]["reason"] == "Failed to build synonyms"


def test_stop_words_of_english_are_the_default(api):
    """It should know English stop words by their name, and use them where none are named."""
    for stop in ({"type": "stop"}, {"type": "stop", "stopwords": "_english_"}):
        body = {"tokenizer": "standard", "filter": ["lowercase", stop], "text": "The wheel of time"}
        tokens = api("POST", "/_analyze", body).body["tokens"]
        assert [(token["token"], token["position"]) for token in tokens] == [("wheel", 1), ("time", 3)]


@pytest.mark.parametrize("before", ["word_delimiter_graph", "ngram", "edge_ngram"])
def test_some_filters_cannot_stand_before_synonyms(api, before):
    """It should say which filter cannot be used to read rules."""
    refused = api("PUT", "/before", search_time({**GRAPH, **RULES}, before=(before,)))
    assert refused.status == 400
    assert refused.body["error"]["reason"] == f"Token filter [{before}] cannot be used to parse synonyms"


def test_chained_synonyms_do_not_meet_in_their_rules(api):
    """It should read each filter's rules as if the other synonym filter were not there."""
    body = search_time({**GRAPH, "synonyms": ["gelato => sorbet"]}, before=("lowercase", "more"))
    body["settings"]["analysis"]["filter"]["more"] = {
        "type": "synonym_graph",
        "synonyms": ["croissant => gelato"],
    }
    index = api.index(body, [*FROZEN, "sorbet"])
    assert api.titles(index, "croissant") == {"sorbet"}


def test_updateable_filters_may_not_analyze_documents(api):
    """It should refuse a mapping whose documents would meet an updateable filter."""
    body = search_time({**GRAPH, **RULES})
    body["mappings"]["properties"]["title"] = {"type": "text", "analyzer": "with_names"}
    refused = api("PUT", "/index-time", body)
    problem = "analyzer [with_names] contains filters [names] that are not allowed to run in index time mode."
    assert refused.status == 400
    assert refused.body["error"]["type"] == "mapper_parsing_exception"
    assert refused.body["error"]["reason"] == f"Failed to parse mapping [_doc]: {problem}"
    assert refused.body["error"]["caused_by"] == {"type": "mapper_exception", "reason": problem}


def test_updateable_filters_may_not_be_added_to_documents_later(api):
    """It should refuse a new field just as well, and keep the mapping as it was."""
    index = api.index(search_time({**GRAPH, **RULES}))
    before = api("GET", f"/{index}/_mapping").body
    refused = api(
        "PUT", f"/{index}/_mapping", {"properties": {"name": {"type": "text", "analyzer": "with_names"}}}
    )
    assert refused.status == 500
    assert "not allowed to run in index time mode" in refused.body["error"]["reason"]
    assert api("GET", f"/{index}/_mapping").body == before


def test_index_time_synonyms_find_with_plain_queries(api):
    """It should put synonyms into the documents where the filter is not updateable."""
    body = search_time({"type": "synonym", "synonyms": ["gelato, sorbet"]})
    body["mappings"]["properties"]["title"] = {
        "type": "text",
        "analyzer": "with_names",
        "search_analyzer": "standard",
    }
    assert api.titles(api.index(body, FROZEN), "sorbet") == {"gelato"}


def test_too_wide_groups_break_their_queries(api):
    """It should fail every query with a term of a group of 1,025, and no other query."""
    words = ", ".join(f"w{number}" for number in range(1025))
    index = api.index(search_time({**GRAPH, "synonyms": [words]}), FROZEN)
    refused = api("GET", f"/{index}/_search", {"query": {"match": {"title": "w7"}}})
    assert refused.status == 400
    assert refused.body["error"]["type"] == "search_phase_execution_exception"
    assert refused.body["error"]["root_cause"][0]["type"] == "query_shard_exception"
    assert "maxClauseCount is set to 1024" in refused.body["error"]["root_cause"][0]["reason"]
    assert api.titles(index, "gelato") == {"gelato"}


def test_wordnet_rules(api):
    """It should read WordNet's format where told to, and refuse Solr's there."""
    synset = ["s(100000001,1,'gelato',n,1,0).", "s(100000001,2,'croissant',n,1,0)."]
    index = api.index(search_time({**GRAPH, "synonyms": synset, "format": "wordnet"}), FROZEN)
    assert api.titles(index, "gelato") == {"gelato", "croissant"}
    refused = api("PUT", "/wordnet", search_time({**GRAPH, "synonyms": ["a, b"], "format": "wordnet"}))
    assert refused.body["error"]["reason"] == "Failed to build synonyms"


def test_filters_without_rules_are_refused(api):
    """It should want rules from somewhere."""
    refused = api("PUT", "/no-rules", search_time(GRAPH))
    problem = "synonym requires either `synonyms` or `synonyms_path` to be configured"
    assert refused.body["error"]["reason"] == problem


@pytest.mark.parametrize("path", ["analyzers/F000000000", "../search.log", "/etc/hostname", "analyzers"])
def test_files_that_are_not_there_are_refused(api, path):
    """It should refuse an index whose file is missing or lies elsewhere."""
    refused = api("PUT", "/no-file", search_time({**GRAPH, "synonyms_path": path}))
    assert refused.status == 400
    assert (
        refused.body["error"]["reason"] == "IOException while reading synonyms_path_path: file not readable"
    )


def test_unknown_components_are_refused(api):
    """It should not pass over what it cannot do."""
    for settings, problem in [
        ({"filter": ["porter"]}, "failed to find filter under [porter]"),
        ({"tokenizer": "thai"}, "failed to find tokenizer under [thai]"),
        ({"filter": [{"type": "stop", "stopwords_path": "x"}]}, "has no setting stopwords_path"),
        ({"filter": [{"type": "synonym", "synonyms": [], "tokenizer": "x"}]}, "no setting tokenizer"),
        ({"filter": [{"stopwords": ["a"]}]}, "must specify a type"),
    ]:
        refused = api("POST", "/_analyze", {"text": "x", "tokenizer": "standard", **settings})
        assert refused.status == 400
        assert problem in refused.body["error"]["reason"]


def test_a_list_can_be_tried_without_an_index(api):
    """It should parse a whole list for one request, and leave nothing behind."""
    good = {"type": "synonym_graph", "synonyms": ["danish, croissant, pastry", "a1 => b1"]}
    body = {"tokenizer": "standard", "filter": ["lowercase", good], "text": "Danish"}
    tokens = api("POST", "/_analyze", body).body["tokens"]
    assert {token["token"] for token in tokens} == {"danish", "croissant", "pastry"}
    for bad in ("a => b => c", "a, ", " ", "$$$, x"):
        body["filter"][1] = {**good, "synonyms": [*good["synonyms"], bad]}
        assert api("POST", "/_analyze", body).status == 400


def test_analyze_shows_the_graph(api):
    """It should tell positions and how many a token spans."""
    rules = {"type": "synonym_graph", "synonyms": ["gelato, ice cream"]}
    body = {"tokenizer": "standard", "filter": ["lowercase", rules], "text": "Gelato now"}
    tokens = api("POST", "/_analyze", body).body["tokens"]
    places = {token["token"]: (token["position"], token.get("positionLength", 1)) for token in tokens}
    assert places == {"ice": (0, 1), "gelato": (0, 2), "cream": (1, 1), "now": (2, 1)}
    assert {token["token"]: token["type"] for token in tokens}["ice"] == "SYNONYM"


def test_analyze_uses_an_indexs_own_analyzers(api):
    """It should take analyzers, fields and filters by the names that the index gives them."""
    index = api.index(search_time({**GRAPH, "synonyms": ["danish => pastry"]}))
    for body, tokens in [
        ({"analyzer": "with_names"}, ["pastry"]),
        ({"field": "title"}, ["danish"]),
        ({"tokenizer": "keyword", "filter": ["lowercase", "names"]}, ["pastry"]),
        ({}, ["danish"]),
    ]:
        found = api("GET", f"/{index}/_analyze", {**body, "text": "Danish"}).body["tokens"]
        assert [token["token"] for token in found] == tokens
    refused = api("GET", f"/{index}/_analyze", {"analyzer": "gone", "text": "x"})
    assert "failed to find analyzer" in refused.body["error"]["reason"]


def test_analyze_has_a_limit(api):
    """It should not list more than 10,000 tokens."""
    refused = api("POST", "/_analyze", {"analyzer": "whitespace", "text": "a " * 10_001})
    assert refused.status == 400
    assert "has exceeded the allowed maximum of [10000]" in refused.body["error"]["reason"]


def test_values_of_a_list_are_apart(api):
    """It should analyze a list as the values of one field, with a gap between them."""
    tokens = api("POST", "/_analyze", {"analyzer": "standard", "text": ["a b", "c"]}).body["tokens"]
    assert [(token["token"], token["position"]) for token in tokens] == [("a", 0), ("b", 1), ("c", 102)]
