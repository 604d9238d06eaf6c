"""The far end: `python -m sandbox.search` starts Java and plays one part until its starter is gone."""

from __future__ import annotations

import argparse
import os

from sandbox.search import lucene
from sandbox.search.child import private_output, serve


def main() -> None:
    """Start Java and answer calls."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.search")
    parser.add_argument("--java", required=True)
    parser.add_argument("--jar", action="append", required=True)
    parser.add_argument("--heap", type=int, required=True)
    parts = parser.add_subparsers(dest="part", required=True)
    parts.add_parser("oracle")
    chosen = parser.parse_args()
    output = private_output()
    lucene.start(chosen.java, chosen.jar, chosen.heap)
    from sandbox.search.grammar import OPERATIONS

    serve(None, OPERATIONS, output)
    os._exit(0)  # Java's threads would hold an ordinary end back


if __name__ == "__main__":
    main()
