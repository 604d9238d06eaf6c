"""Asks a domain's own engine whether it would take the rules, without an index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from switchyard.aws.error_table import Disposition, disposition
from switchyard.errors import CheckFailed
from switchyard.search.client import SearchClient

LINES_AT_ONCE = 20_000
"""Rules in one request. Small instances take 10 MiB (OpenSearch Service, quotas); this many rules have about one."""
SHOWN = 5
"""Refused rules that an error names."""

_REFUSED = 400
_TOO_LARGE = 413


def preflight(client: SearchClient, domain: str, rules: Path, analysis: Mapping[str, Any]) -> str:
    """Let a domain parse every rule with the declared analysis.

    Args:
        client: a client of the domain.
        domain: its name, for errors.
        rules: the file.
        analysis: tokenizer and filters before the synonyms.

    Returns:
        Why the domain could not be asked, for people; empty when it was.

    Raises:
        CheckFailed: the domain refuses some rules; the message names the first of them.
    """
    refused: list[str] = []
    try:
        for some in _batches(rules):
            refused += _refused(client, some, analysis, SHOWN - len(refused))
            if len(refused) >= SHOWN:
                break
    except (ClientError, BotoCoreError) as error:
        if isinstance(error, ClientError) and disposition(error) is Disposition.RETRY_SHORT:
            raise
        return f"domain {domain} could not be asked for its opinion of the rules: {error}"
    if refused:
        raise CheckFailed(
            f"rules in the opinion of domain {domain}",
            f"its engine refuses {' | '.join(refused)}",
            "Correct or delete the rows with these terms; compare the configured analysis with the index",
        )
    return ""


def _batches(rules: Path) -> Iterator[list[str]]:
    with rules.open(encoding="utf-8", newline="\n") as file:
        while some := [line.removesuffix("\n") for line in islice(file, LINES_AT_ONCE)]:
            yield some


def _refused(client: SearchClient, lines: Sequence[str], analysis: Mapping[str, Any], most: int) -> list[str]:
    """The rules that the domain refuses, found by halves: it does not say which they are."""
    if most <= 0 or _accepts(client, lines, analysis):
        return []
    if len(lines) == 1:
        return [lines[0]]
    half = len(lines) // 2
    first = _refused(client, lines[:half], analysis, most)
    return first + _refused(client, lines[half:], analysis, most - len(first))


def _accepts(client: SearchClient, lines: Sequence[str], analysis: Mapping[str, Any]) -> bool:
    filters = [one if isinstance(one, str) else _stop(one) for one in analysis["filters"]]
    question = {
        "tokenizer": analysis["tokenizer"],
        "filter": [*filters, {"type": "synonym_graph", "synonyms": list(lines)}],
        "text": "x",
    }
    try:
        client.read("/_analyze", question)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == _REFUSED or (status == _TOO_LARGE and len(lines) > 1):
            return False
        raise
    return True


def _stop(one: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {"type": "stop", "stopwords": list(one["stop"])}
