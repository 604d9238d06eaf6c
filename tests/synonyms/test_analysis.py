# ruff: noqa: RUF001, S311
"""The declared analysis against real Lucene: every character, and texts of chance."""

import random
import re
import unicodedata

import pytest

from switchyard.errors import BadInput
from switchyard.synonyms.analysis import Chain, Token
from switchyard.synonyms.ascii_folding import ASCII_FOLDING
from switchyard.synonyms.plain_rows import LETTERS
from switchyard.synonyms.word_classes import CLASSES
from tests.support.synonyms import as_declared

CHAINS = [
    Chain("standard", ()),
    Chain("standard", ("lowercase", {"stop": ["the", "of", "a1"]})),
    Chain("standard", ({"stop": ["The", "é"]}, "asciifolding", {"stop": ["e"]})),
    Chain("whitespace", ("lowercase", {"stop": ["the"]})),
    Chain("keyword", ("asciifolding", "lowercase", {"stop": ["the of"]})),
]
TEXT = [
    *"aAbZ019__..::,,;''\"\"··’- -   \t/&+#*@", "the", "The", "of", "é", "É", "ß", "Σ", "ς", "İ", "ı", "ﬁ", "日", "本",
    "々", "〇", "ひ", "ー", "カ", "ﾊﾟ", "กา", "ั", "ເ", "ក", "한", "ᄒ", "ש", "ם", "״", "׳", "ع", "٣", "٫", "क्", "²", "①",
    "Ⓐ", "€", "½", "𝒜", "𝟙", "\u0301", "\u200d", "\u200c", "\u00ad", "\ufeff", "\u200b", "\u2060", "\u200e",
    "\u00a0", "\u2007", "\u202f", "\u3000", "\u1680", "\x1c", "\x85",
]  # fmt: skip
PICTURES = [
    *"🍦❤©™ℹⓂ🅰👨👩👍🏻🏿🇩🇪🇫1#*a ", "\u200d", "\u200d", "\ufe0f", "\ufe0e", "\u20e3", "\U000e0067",
    "\U000e007f", "\u0301",
]  # fmt: skip

NEIGHBOURS = [("", ""), ("a", "a"), ("1", "1"), ("ア", "ア"), ("א", ""), ("_", "_"), ("", "1")]
"""What a character is put between, so that its class shows in where words end."""


def name(chain):
    return "+".join([chain.tokenizer, *(each if isinstance(each, str) else "stop" for each in chain.filters)])


def chance_texts(pieces, count, longest, seed):
    dice = random.Random(seed)
    return ["".join(dice.choices(pieces, k=dice.randint(1, longest))) for _ in range(count)]


def differences(texts, chain, oracle):
    found = oracle.analyse(texts, as_declared(chain))
    ours = [[tuple(token) for token in chain.analyse(text)] for text in texts]
    return [each for each in zip(map(ascii, texts), found, ours, strict=True) if each[1] != each[2]]


@pytest.mark.parametrize("chain", CHAINS, ids=name)
def test_texts_of_chance(chain, oracle):
    """It should find Lucene's words at Lucene's positions, also where there are none."""
    assert differences(chance_texts(TEXT, 3_000, 9, name(chain)), chain, oracle) == []


def test_emoji_of_chance(oracle):
    """It should cut emoji, flags, keycaps, skin tones and families as Lucene does."""
    assert differences(chance_texts(PICTURES, 4_000, 8, 3), CHAINS[0], oracle) == []


def test_every_character(oracle):
    """It should know the class of each assigned character, by its words beside neighbours of each class.

    Ideographs and syllables that fill whole blocks are tried at both ends of their blocks.
    """
    filled = [(0x3500, 0x4D00), (0x4F00, 0x9F00), (0xAD00, 0xD700), (0x17100, 0x18A00), (0x20100, 0x2A600)]
    points = [
        point
        for point in (*range(0x12000), *range(0x16800, 0x20200))
        if unicodedata.category(chr(point)) not in ("Cn", "Co", "Cs")
        if not any(first <= point < last for first, last in filled)
    ]
    wrong = set()
    for before, after in NEIGHBOURS:
        texts = [before + chr(point) + after for point in points]
        # A character's words do not depend on what stands beyond a line break: many are tried in one text.
        together = ["\n".join(texts[at : at + 500]) for at in range(0, len(texts), 500)]
        for number, (theirs, text) in enumerate(
            zip(oracle.analyse(together, as_declared(CHAINS[0])), together, strict=True)
        ):
            if [word for word, _ in theirs] != [token.text for token in CHAINS[0].analyse(text)]:
                block = texts[number * 500 : number * 500 + 500]
                wrong |= {each[0] for each in differences(block, CHAINS[0], oracle)}
    assert wrong == set()


def test_characters_younger_than_the_tokenizer_are_no_words():
    """It should not count on letters that an engine of Unicode 9 does not know: Georgian capitals, later ideographs."""
    assert [CLASSES[point] for point in (0x1C90, 0x9FFF, 0x30000, 0x10D00)] == ["O"] * 4


def test_every_folding(oracle):
    """It should fold each character to ASCII as Lucene does, and no others."""
    folding = Chain("keyword", ("asciifolding",))
    points = [
        *ASCII_FOLDING,
        *range(0x80, 0x2E80),
        *range(0xA720, 0xA7B0),
        *range(0xFB00, 0xFB07),
        *range(0xFF00, 0xFF60),
    ]
    assert differences([chr(point) for point in points if chr(point).isprintable()], folding, oracle) == []


def test_letters_of_plain_rows_are_simple(oracle):
    """It should call only letters plain that are words, have one spelling, and one lower case by all accounts."""
    letters = [chr(point) for point in range(0x2000) if re.fullmatch(f"[{LETTERS}]", chr(point))]
    assert len(letters) > 500
    for letter in letters:
        assert unicodedata.normalize("NFC", letter) == letter
        assert len(letter.lower()) == 1
        assert letter.casefold() == letter.lower(), letter
    lowered = oracle.analyse(letters, as_declared(Chain()))
    assert [[word for word, _ in words] for words in lowered] == [[letter.lower()] for letter in letters]


@pytest.mark.parametrize("tokenizer", ["standard", "whitespace", "keyword"])
def test_long_words(tokenizer, oracle):
    """It should cut words as long as the tokenizer does."""
    texts = ["x" * length for length in (254, 255, 256, 257, 510, 511, 900)]
    assert differences([*texts, *("é" + text for text in texts)], Chain(tokenizer, ()), oracle) == []


def test_position_counts_dropped_words():
    """It should give the distance from the word before, dropped ones included."""
    chain = Chain("standard", ("lowercase", {"stop": ["of", "the"]}))
    assert chain.analyse("Lord of the Rings") == (Token("lord", 1), Token("rings", 3))
    assert chain.dropped("Lord of the Rings") == ["of", "the"]
    assert chain.key("Lord of the Rings") is None
    assert chain.key("Rings of") == "rings"


def test_unknown_parts_are_refused():
    """It should name a tokenizer or filter that is not modelled instead of leaving it out."""
    with pytest.raises(BadInput, match=r"tokenizer is 'ngram': it is not known here. Name one of standard"):
        Chain("ngram")
    with pytest.raises(BadInput, match=r"filter is 'snowball': it is not known here"):
        Chain("standard", ("lowercase", "snowball"))
    with pytest.raises(BadInput, match=r"filter is .*'stop': .*not known here"):
        Chain("standard", ({"stop": []},))
