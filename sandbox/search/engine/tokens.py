"""What an analyzer makes of a text, token by token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sandbox.search.engine.components import POSITION_GAP
from sandbox.search.engine.lucene import lucene
from sandbox.search.errors import IllegalArgument

_KINDS = {
    "term": "CharTermAttribute",
    "step": "PositionIncrementAttribute",
    "length": "PositionLengthAttribute",
    "offset": "OffsetAttribute",
    "type": "TypeAttribute",
}


def tokens(analyzer: Any, texts: Sequence[str], most: int) -> list[dict[str, Any]]:
    """Analyze texts as the values of one field.

    Raises:
        IllegalArgument: there are more tokens than wanted.
    """
    found: list[dict[str, Any]] = []
    position, offset = -1, 0
    for text in texts:
        for token in _of(analyzer, text):
            position += token.pop("step")
            token["start_offset"] += offset
            token["end_offset"] += offset
            found.append({**token, "position": position})
            if len(found) > most:
                raise IllegalArgument(
                    f"The number of tokens produced by calling _analyze has exceeded the allowed maximum of [{most}]. "
                    "This limit can be set by changing the [index.analyze.max_token_count] index level setting."
                )
        position += POSITION_GAP
        offset += len(text) + 1
    return found


def _of(analyzer: Any, text: str) -> Iterator[dict[str, Any]]:
    stream = analyzer.tokenStream("", text)
    try:
        attributes = {
            name: stream.addAttribute(lucene(f"analysis.tokenattributes.{kind}").class_)
            for name, kind in _KINDS.items()
        }
        stream.reset()
        while stream.incrementToken():
            yield _token(attributes)
        stream.end()
    finally:
        stream.close()


def _token(attributes: dict[str, Any]) -> dict[str, Any]:
    length = int(attributes["length"].getPositionLength())
    return {
        "token": str(attributes["term"].toString()),
        "start_offset": int(attributes["offset"].startOffset()),
        "end_offset": int(attributes["offset"].endOffset()),
        "type": str(attributes["type"].type()),
        "step": int(attributes["step"].getPositionIncrement()),
        **({"positionLength": length} if length > 1 else {}),
    }
