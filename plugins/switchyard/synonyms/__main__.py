"""Checks synonyms and compares releases, without Airflow and without a search engine.

    python -m switchyard.synonyms check SYNONYMS.csv
    python -m switchyard.synonyms check RULES.txt
    python -m switchyard.synonyms diff OLD.txt NEW.txt

A CSV file has one rule a row. Its first line names the columns: either SynID, Base_Term, Synonym_1, Synonym_2, ...;
or row_id, kind, locale, enabled, term_1, term_2, ..., target_1, ..., of which only two terms are needed. Kinds are
equivalent (all terms stand for each other), one_way (the term also finds the targets) and replace (the terms find the
targets only). A text file holds rules in the Solr format.

Ends with 0 when nothing is wrong or there are only warnings, with 1 when there are errors, with 2 when a file cannot be
read.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from switchyard.errors import BadInput
from switchyard.synonyms.analysis import Chain, Filter
from switchyard.synonyms.compiler import compile_rules
from switchyard.synonyms.csv_file import CsvTable
from switchyard.synonyms.diff import Diff, compare, empty_guard
from switchyard.synonyms.findings import SHOWN_PER_CODE, Findings, Report
from switchyard.synonyms.limits import Limits
from switchyard.synonyms.rule_file import check_rules
from switchyard.synonyms.rules import similar_column
from switchyard.synonyms.text import shown


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _diff(options) if options.command == "diff" else _check(options)
    except BadInput as error:
        _complain(str(error))
    except OSError as error:
        _complain(f"{error.filename}: {error.strerror}")
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m switchyard.synonyms",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="check|diff")
    check = commands.add_parser("check", help="tell what is wrong with a CSV file or a rule file")
    check.add_argument("file", type=Path, metavar="FILE", help="SYNONYMS.csv (or .tsv) or RULES.txt")
    check.add_argument(
        "--write", type=Path, metavar="RULES.txt", help="write the rules of a CSV file without errors"
    )
    check.add_argument("--json", action="store_true", help="report for programs")
    check.add_argument(
        "--show", type=int, default=SHOWN_PER_CODE, metavar="N", help="findings of a kind to show"
    )
    check.add_argument("--locale", help="take rows of this locale and of none; all rows if left out")
    index = check.add_argument_group("the analysis of the search index")
    index.add_argument("--tokenizer", default="standard", choices=("standard", "whitespace", "keyword"))
    index.add_argument(
        "--filters",
        default="lowercase",
        metavar="NAMES",
        help="before synonyms, in order: lowercase,asciifolding",
    )
    index.add_argument(
        "--stop-words", default="", metavar="WORDS", help="words dropped before synonyms: the,a,of"
    )
    diff = commands.add_parser("diff", help="tell what a new rule file changes")
    diff.add_argument("old", type=Path, metavar="OLD.txt")
    diff.add_argument("new", type=Path, metavar="NEW.txt")
    diff.add_argument("--json", action="store_true", help="differences for programs")
    return parser


def _check(options: argparse.Namespace) -> int:
    chain = Chain(options.tokenizer, _filters(options))
    suffix = options.file.suffix.lower()
    if suffix in (".csv", ".tsv"):
        report, notes = _check_table(options, chain)
    elif suffix == ".txt" and not (options.write or options.locale):
        findings = Findings(options.show)
        report, notes = check_rules(options.file, chain=chain, limits=Limits(), findings=findings), []
    else:
        remedy = "Name a table .csv or .tsv; a rule file .txt, without --write and --locale"
        raise BadInput("file", str(options.file), "it cannot be told how to read it", remedy)
    if not report.errors and (empty := empty_guard(report.rules)):
        report = report.plus(empty)
    _say(json.dumps({**report.as_dict(), "notes": notes}, indent=2) if options.json else _page(report, notes))
    return 1 if report.errors else 0


def _check_table(options: argparse.Namespace, chain: Chain) -> tuple[Report, list[str]]:
    table = CsvTable.open(options.file)
    notes = list(map(_ignored, table.ignored))
    with tempfile.TemporaryDirectory(prefix="switchyard-synonyms-") as scratch:
        made = compile_rules(
            table.rows(),
            chain=chain,
            folder=Path(scratch),
            locale=options.locale,
            shown_per_code=options.show,
        )
        if options.write and not made.report.errors:
            options.write.write_bytes(made.path.read_bytes())
            notes.append(f"Wrote {options.write}, sha256 {made.sha256}.")
    return made.report, notes


def _ignored(column: str) -> str:
    meant = similar_column(column)
    hint = f" Did you mean {meant}?" if meant else ""
    return f"The column {shown(column)} is not read.{hint}"


def _filters(options: argparse.Namespace) -> tuple[Filter, ...]:
    names: list[Filter] = [name.strip() for name in options.filters.split(",") if name.strip()]
    words = [word.strip() for word in options.stop_words.split(",") if word.strip()]
    return (*names, {"stop": words}) if words else tuple(names)


def _diff(options: argparse.Namespace) -> int:
    found = compare(options.old, options.new)
    _say(json.dumps(_values(found), indent=2) if options.json else found.text().rstrip("\n"))
    return 0


def _values(found: Diff) -> dict[str, Any]:
    counts = {name: getattr(found, name) for name in ("before", "after", "share")}
    return {**asdict(found), **counts, "sample": [change._asdict() for change in found.sample]}


def _page(report: Report, notes: list[str]) -> str:
    return "\n\n".join(filter(None, ("\n".join(notes), report.text().rstrip("\n"))))


def _say(text: str) -> None:
    sys.stdout.buffer.write(f"{text}\n".encode("utf-8", "backslashreplace"))


def _complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
