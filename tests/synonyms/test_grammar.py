# ruff: noqa: RUF001, S311
"""The reader of rule lines against real Lucene: known lines, and many thousands of chance."""

import pickle
import random
import re
from pathlib import Path

import pytest
import yaml

from sandbox.search.errors import RulesRejected
from switchyard.synonyms.analysis import Chain
from switchyard.synonyms.grammar import LineError, lines, parse_line, split_line, unescape
from switchyard.synonyms.text import escape, normalise
from tests.support.synonyms import as_declared, chain_of, merged_map

RAW = yaml.safe_load(Path(__file__).with_name("raw_lines.yaml").read_text(encoding="utf-8"))

VISIBLE = [
    *"ab1ßσΣİé ,,\\=>$#.'_-:&²", "=>", " => ", ", ", "\\,", "\\=>", "\\#", "the", "of", "ice cream",
    "日", "ひ", "カナ", "กข", "한", "שם", "🍦", "👍🏽", "🇩🇪", "\u0301",
]  # fmt: skip
INVISIBLE = ["\ufeff", "\u200b", "\u00a0", "\u00ad", "\t", "\x0b", "\x85", "\u2028", "\0"]
CHAINS = [
    Chain(),
    Chain("whitespace"),
    Chain("keyword"),
    Chain("standard", ("lowercase", {"stop": ["the", "of", "a"]})),
    Chain("standard", ("asciifolding", {"stop": ["of", "e"]}, "lowercase")),
]
FUZZED = 24_000


def name(chain):
    return "+".join([chain.tokenizer, *(each if isinstance(each, str) else "stop" for each in chain.filters)])


def chance_lines(count, seed):
    dice = random.Random(seed)
    return ["".join(dice.choices(VISIBLE + INVISIBLE, k=dice.randint(0, 11))) for _ in range(count)]


def refused(line, chain):
    try:
        parse_line(line, chain)
    except LineError as error:
        return error.code
    return None


@pytest.mark.parametrize("case", RAW, ids=lambda case: ascii(case["line"]))
def test_known_line(case, oracle):
    """It should agree with Lucene on each line of the table: refused where it refuses, else with the map it builds."""
    chain, declared = chain_of(case), as_declared(chain_of(case))
    written = lines(case["line"])
    refusals = [number for number, line in enumerate(written, 1) if refused(line, chain)]
    if "refused" in case:
        assert oracle.accepts([case["line"]], declared) == [case["refused"]]
        with pytest.raises(RulesRejected, match=re.escape(case["refused"])) as rejected:
            oracle.rules(case["line"], declared)
        assert rejected.value.line == case.get("at", 1)
        assert refusals[0] == case.get("at", 1)
        return
    assert refusals == []
    found = oracle.rules(case["line"], declared)
    assert {term: sorted(each.outputs) for term, each in found.items()} == {
        term: sorted(outputs) for term, outputs in case["makes"].items()
    }
    outputs, kept = merged_map([parse_line(line, chain) for line in written], chain)
    assert outputs == {term: set(each) for term, each in case["makes"].items()}
    assert kept == {term for term, each in found.items() if each.keeps_original}
    if "keeps" in case:
        assert kept == set(case["keeps"])


@pytest.mark.parametrize("chain", CHAINS, ids=name)
def test_lines_of_chance(chain, oracle):
    """It should refuse what Lucene refuses and nothing else, and read the rest as Lucene does."""
    tried = chance_lines(FUZZED // len(CHAINS), seed=name(chain))
    verdicts = oracle.accepts(tried, as_declared(chain))
    disagreed = [
        (line, verdict, ours)
        for line, verdict in zip(tried, verdicts, strict=True)
        if (verdict is None) != ((ours := refused(line, chain)) is None)
    ]
    assert disagreed == []
    accepted = [line for line, verdict in zip(tried, verdicts, strict=True) if verdict is None]
    assert len(tried) / 5 < len(accepted) < len(tried), "the lines do not try both verdicts"
    outputs, kept = merged_map([parse_line(line, chain) for line in accepted], chain)
    found = oracle.rules("\n".join(accepted), as_declared(chain))
    assert {term: set(each.outputs) for term, each in found.items()} == outputs
    assert {term for term, each in found.items() if each.keeps_original} == kept


def test_enough_lines_were_tried():
    """It should try at least 20,000 lines of chance."""
    assert sum(len(chance_lines(FUZZED // len(CHAINS), name(chain))) for chain in CHAINS) >= 20_000


def test_escaped_term_is_read_back():
    """It should give every term back as it was, wherever it stands in a line."""
    dice = random.Random(7)
    for _ in range(2_000):
        terms = [
            normalise("".join(dice.choices(VISIBLE, k=dice.randint(1, 9)))) for _ in range(dice.randint(1, 4))
        ]
        terms = [term for term in terms if term]
        left, right = terms[: len(terms) // 2], terms[len(terms) // 2 :]
        if left and right:
            line = f"{', '.join(map(escape, left))} => {', '.join(map(escape, right))}"
            parsed = split_line(line)
            assert (list(parsed.left), list(parsed.right)) == (left, right)
            assert list(split_line(", ".join(map(escape, terms))).left) == terms


@pytest.mark.parametrize(
    ("piece", "term"), [(r"a\,b", "a,b"), (r"a\\", "a\\"), ("a\\", "a\\"), (r"\n", "n"), ("a\\\nb", "a\nb")]
)
def test_backslash_protects_one_character(piece, term):
    """It should take each backslash but a last one away, and keep the character behind it."""
    assert unescape(piece) == term


@pytest.mark.parametrize(
    ("line", "code", "term"),
    [
        ("a => b => c", "TWO_ARROWS", None),
        ("ice cream, $$$", "NOT_ANALYZABLE", "$$$"),
        ("ice cream, the of", "NOT_ANALYZABLE", "the of"),
        ("lord of the rings, lotr", "POSITION_GAP", "lord of the rings"),
    ],
)
def test_refusal_says_what_and_why(line, code, term):
    """It should name the code and the term, and the words at fault."""
    with pytest.raises(LineError, match=r"arrow|no word|stop words|leaves a gap before \"rings\"") as refusal:
        parse_line(line, Chain("standard", ("lowercase", {"stop": ["the", "of"]})))
    assert (refusal.value.code, refusal.value.term) == (code, term)


def test_refusal_passes_between_processes():
    """It should tell the same after a way through another process."""
    error = LineError("POSITION_GAP", "lord of the rings", "a gap")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert (again.code, again.term, again.reason, str(again)) == (
        error.code,
        error.term,
        error.reason,
        "a gap",
    )
