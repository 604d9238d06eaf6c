"""The far end: `python -m sandbox.search` starts Java and plays one part until its starter is gone."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sandbox.search.child import private_output, serve
from sandbox.search.engine import lucene

Operations = Mapping[str, Callable[..., Any]]


def main() -> None:
    """Start Java and answer calls."""
    chosen = _arguments()
    output = private_output()
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    lucene.start(chosen.java, chosen.jar, chosen.heap)
    greeting, operations = _node(chosen) if chosen.part == "node" else _oracle()
    serve(greeting, operations, output)
    os._exit(0)  # Java's threads would hold an ordinary end back


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.search")
    parser.add_argument("--java", required=True)
    parser.add_argument("--jar", action="append", required=True)
    parser.add_argument("--heap", type=int, required=True)
    parts = parser.add_subparsers(dest="part", required=True)
    parts.add_parser("oracle")
    node = parts.add_parser("node")
    node.add_argument("--config", type=Path, required=True)
    node.add_argument("--certificate", type=Path, required=True)
    node.add_argument("--key", type=Path, required=True)
    node.add_argument("--auth", choices=["sigv4", "none"], required=True)
    node.add_argument("--data-nodes", type=int, required=True)
    return parser.parse_args()


def _oracle() -> tuple[None, Operations]:
    from sandbox.search.engine.grammar import OPERATIONS

    return None, OPERATIONS


def _node(chosen: argparse.Namespace) -> tuple[int, Operations]:
    """Serve REST; the greeting is the port."""
    from sandbox.search.engine.cluster import Cluster
    from sandbox.search.engine.grammar import OPERATIONS
    from sandbox.search.engine.tasks import Tasks
    from sandbox.search.https import HttpsServer
    from sandbox.search.rest.application import Application
    from sandbox.search.rest.calls import Domain
    from sandbox.search.rest.packages import Packages

    cluster = Cluster(chosen.config, chosen.data_nodes)
    domain = Domain(cluster, Tasks(cluster.node))
    application = Application(domain, chosen.auth)
    packages = Packages(domain)
    server = HttpsServer(
        chosen.certificate, chosen.key, application.answer, after_connection=lucene.leave_java
    )
    changes: Operations = {"package_changed": packages.changed, "auto_refresh": packages.auto_refresh}
    return server.port, {**OPERATIONS, **changes}


if __name__ == "__main__":
    main()
