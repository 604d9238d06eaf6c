"""The class of every character, by which words are found: one letter each, explained in `_BY_CODE_POINT`.

They are the classes of Unicode 9 and Emoji 11, which Lucene 8 knows. A letter younger than that is no word for it,
so it is none here: an engine that knows the letter loses a rule it could have read, one that does not would refuse
the whole file.

Source: Word_Break, Line_Break, Script, Age and Extended_Pictographic of https://www.unicode.org/Public/.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right

_BY_CODE_POINT = {
    # O: no part of any word. Besides most symbols these are the characters younger than Unicode 9.
    "O": """200B 3006 560 588 5EF 7FD 860-89F 8B5 8BE-8D3 9FC-9FE AFA-AFF B55 C04 C3C C5D CDD CF3-D00 D04 D3B-D3C
        D81 E86 E89 E8C E8E-E93 E98 EA0 EA8-EA9 EAC EBA ECE 170D 1715-171F 180F 1878 1ABF-1ACE 1B4C 1C90-1CBF 1CF7
        1CFA 1DF6-1DFA 2C2F 2C5F 312E-312F 31BB-31BF 4DB6-4DBF 9FD6-9FFF A7AF A7B8-A7F6 A82C A8FE-A8FF AB66-AB69
        1032D-1032F 10570-105BC 10780-107BA 10A34-10A35 10D00-10FF6 11070-11075 110C2-110CD 11144-11147
        111C9 111CE-111CF 1123F-11241 1133B 1145E-11461 116B8 1171A 11740-1183A 11900-11ABF 11D00-11FB0 12F90-12FF0
        1342F-13455 16A70-16AC9 16E40-16E7F 16F45-16F4F 16F7F-16F87 16FE1-1AFFE 1B002-1B2FB 1CF00-1CF46
        1D2C0-1D2D3 1DF00-1DF2A 1E030-1E7FE 1E94B 2A6D7-2A6DF 2B735-2B739 2CEB0-2EBE0
        30000-323AF""",
    # A: letters. a: letters that are pictographs as well. H: Hebrew letters, found by name.
    "A": "5F3 24B6-24C1 24C3-24E9 1F130-1F149 1F150-1F169 1F172-1F17D 1F180-1F189",
    "a": "2139 24C2 1F170-1F171 1F17E-1F17F",
    # N: digits of all scripts. n: those that a keycap can be made of; k: what else it can be made of.
    "N": "66B",
    "n": "30-39",
    "k": "23 2A",
    # K: Katakana. I: ideographs and Hiragana, each a word by itself.
    "K": "3031-3035 309B-309C 30A0-30FA 30FC-30FF 31F0-31FF 32D0-32FE 3300-3357 FF66-FF9D 1B000",
    "I": """2E80-2E99 2E9B-2EF3 2F00-2FD5 3007 3021-3029 3038-303A 3041-3096 309D-309F 3400-4DB5 4E00-9FD5
        F900-FA6D FA70-FAD9 1B001 1F200 20000-2A6D6 2A700-2B734 2B740-2B81D 2B820-2CEA1 2F800-2FA1D""",
    # S: scripts without spaces, a run of which is one word; s: their marks.
    "S": """E01-E3A E40-E4E E81-E82 E84 E87-E88 E8A E8D E94-E97 E99-E9F EA1-EA3 EA5 EA7 EAA-EAB EAD-EB9 EBB-EBD
        EC0-EC4 EC6 EC8-ECD EDC-EDF 1000-103F 1050-108F 109A-109F 1780-17D3 17D7 17DC-17DD 1950-196D 1970-1974
        1980-19AB 19B0-19C9 19DA 19DE-19DF 1A20-1A5E 1A60-1A7C 1AA0-1AAD A9E0-A9EF A9FA-A9FE AA60-AAC2 AADB-AADF
        11700-11719 1171D-1172B 1173A-1173B 1173F""",
    # _: binds letters and digits. L, U, B: stand between letters, between digits, between both. Q, D: quotes.
    "_": "202F",
    "L": "3A B7 2D7 387 5F4 2027 FE13 FE55 FF1A",
    "U": "2C 3B 37E 589 60C-60D 66C 7F8 2044 FE10 FE14 FE50 FE54 FF0C FF1B",
    "B": "2E 2018-2019 2024 FE52 FF07 FF0E",
    "Q": "27",
    "D": "22",
    # Attached to what precedes. X: marks and format characters; Z: joiner; V, v: emoji and text style; C: keycap;
    # T, t: tags and the end of tags.
    "X": "1CF2-1CF3 200C FF9E-FF9F",
    "Z": "200D",
    "V": "FE0F",
    "v": "FE0E",
    "C": "20E3",
    "T": "E0020-E007E",
    "t": "E007F",
    # E: pictographs, of which b take a skin tone; M: skin tones; R: halves of a flag.
    "M": "1F3FB-1F3FF",
    "R": "1F1E6-1F1FF",
    "E": """A9 AE 203C 2049 2122 2194-2199 21A9-21AA 231A-231B 2328 2388 23CF 23E9-23F3 23F8-23FA 25AA-25AB
        25B6 25C0 25FB-25FE 2600-2605 2607-2612 2614-2685 2690-2705 2708-2712 2714 2716 271D 2721 2728 2733-2734
        2744 2747 274C 274E 2753-2755 2757 2763-2767 2795-2797 27A1 27B0 27BF 2934-2935 2B05-2B07 2B1B-2B1C 2B50
        2B55 3030 303D 3297 3299 1F000-1F0FF 1F10D-1F10F 1F12F 1F16C-1F16F 1F18E 1F191-1F19A 1F1AD-1F1E5
        1F201-1F20F 1F21A 1F22F 1F232-1F23A 1F23C-1F23F 1F249-1F3FA 1F400-1F53D 1F546-1F64F 1F680-1F6FF
        1F774-1F77F 1F7D5-1F7FF 1F80C-1F80F 1F848-1F84F 1F85A-1F85F 1F888-1F88F 1F8AE-1F8FF 1F90C-1F93A
        1F93C-1F945 1F947-1FFFD""",
}
_TAKE_A_TONE = """261D 26F9 270A-270D 1F385 1F3C2-1F3C4 1F3C7 1F3CA-1F3CC 1F442-1F443 1F446-1F450 1F466-1F478 1F47C
        1F481-1F483 1F485-1F487 1F48F 1F491 1F4AA 1F574-1F575 1F57A 1F590 1F595-1F596 1F645-1F647 1F64B-1F64F 1F6A3
        1F6B4-1F6B6 1F6C0 1F6CC 1F90C 1F90F 1F918-1F91F 1F926 1F930-1F939 1F93C-1F93E 1F977 1F9B5-1F9B6 1F9B8-1F9B9
        1F9BB 1F9CD-1F9CF 1F9D1-1F9DD 1FAC3-1FAC5 1FAF0-1FAF6"""
_BY_CATEGORY = {
    **dict.fromkeys(("Lu", "Ll", "Lt", "Lm", "Lo", "Nl"), "A"),
    **dict.fromkeys(("Mn", "Mc", "Me", "Cf"), "X"),
    "Nd": "N",
    "Pc": "_",
}


def _ranges(text: str) -> list[tuple[int, int]]:
    """Read `2E80-2E99 3005` as first and last code points."""
    pairs = [part.partition("-") for part in text.split()]
    return [(int(first, 16), int(last or first, 16)) for first, _, last in pairs]


_RANGES = sorted((*ends, letter) for letter, text in _BY_CODE_POINT.items() for ends in _ranges(text))
_STARTS = [first for first, _, _ in _RANGES]
_TONED = {point for first, last in _ranges(_TAKE_A_TONE) for point in range(first, last + 1)}


class _Classes(dict[int, str]):
    """Letters by code point, for `str.translate`, found when they are first asked for."""

    def __missing__(self, code_point: int) -> str:
        letter = self[code_point] = _class_of(code_point)
        return letter


def _class_of(point: int) -> str:
    category = unicodedata.category(chr(point))
    at = bisect_right(_STARTS, point) - 1
    if at >= 0 and point <= _RANGES[at][1]:
        letter = _RANGES[at][2]
        if letter == "S" and category[0] == "M":
            return "s"
        return "b" if point in _TONED else letter
    if category == "Lo" and unicodedata.name(chr(point), "").startswith("HEBREW"):
        return "H"
    return _BY_CATEGORY.get(category, "O")


CLASSES = _Classes()
"""The letter of every character, by code point."""
