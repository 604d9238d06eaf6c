"""Rows and chains as the data files of the synonym tests write them."""

from collections import defaultdict

from switchyard.synonyms.analysis import Chain
from switchyard.synonyms.rules import SourceRow

BIG = {
    "%half": "pas\ud83ctry",
    "%502 terms": [f"t{number}" for number in range(502)],
    "%hub of 501": [["hub", *(f"t{group}x{term}" for term in range(84))] for group in range(6)],
    "%hub of 101": [["hub", *(f"t{group}x{term}" for term in range(51))] for group in range(2)],
    "%hub in 60 rows": [
        *(["hub", f"t{number}"] for number in range(60)),
        ["t0", "hub"],
        {"replace": ["hub"], "targets": ["x1"]},
    ],
    "%the same 60 twice": [
        [f"t{number}" for number in range(60)],
        [f"t{number}" for number in reversed(range(60))],
    ],
}
"""What would be too long to write, by its name in the data files."""


def written_out(value):
    """Put in what a data file writes short: `%x*256` is 256 times x."""
    if isinstance(value, list):
        return [written_out(each) for each in value]
    if isinstance(value, str) and value.startswith("%"):
        if value in BIG:
            return BIG[value]
        piece, _, rest = value[1:].partition("*")
        times, comma, after = rest.partition(",")
        return piece * int(times) + comma + after
    return value


def source_row(row, row_id="1"):
    """Make a row of a list of equivalent terms, or of {kind: terms, targets: ..., ...}."""
    if isinstance(row, list):
        row = {"equivalent": row}
    kind = next(name for name in row if name not in ("targets", "locale", "enabled"))
    return SourceRow(
        row_id,
        kind,
        written_out(row[kind]),
        written_out(row.get("targets", [])),
        row.get("locale"),
        row.get("enabled", True),
    )


def golden_row(case):
    """Make the row of one golden case, as it would come from the database."""
    columns = {
        "row_id": case["id"],
        "kind": case.get("kind"),
        "terms": case["row"],
        "targets": case.get("targets"),
    }
    return {name: written_out(value) for name, value in columns.items()} | {"enabled": case.get("enabled")}


def chain_of(case):
    declared = case.get("chain", {})
    return Chain(declared.get("tokenizer", "standard"), tuple(declared.get("filters", ["lowercase"])))


def as_declared(chain):
    """Give a chain as the oracle takes it."""
    return {"tokenizer": chain.tokenizer, "filters": list(chain.filters)}


def merged_map(parsed, chain):
    """Build the map that the search engine should make of parsed lines: outputs of each input, and inputs kept."""
    outputs, kept = defaultdict(set), set()
    for line in parsed:
        left, right = ([_known(chain, term) for term in side] for side in (line.left, line.right))
        for place, term in enumerate(left):
            others = right if line.explicit else left[:place] + left[place + 1 :]
            outputs[term].update(others)
            if others and not line.explicit:
                kept.add(term)
    return {term: found for term, found in outputs.items() if found}, kept


def _known(chain, term):
    # The search engine joins words by NUL, and so cannot tell it from a NUL of the term.
    return chain.key(term).replace("\0", " ")
