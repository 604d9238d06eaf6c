"""The shop of the world "products" as the people in it use it: its search, and the table of its synonyms.

After `KEEP=1 make demo`:

    .venv/bin/python -m scripts.in_demo python -m demo.shop find gelato
    .venv/bin/python -m scripts.in_demo python -m demo.shop insert sneaker "tennis shoe"
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any

import pymysql
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError, HTTPClientError
from botocore.httpsession import URLLib3Session

from demo.clients import Observation, Observer, database
from demo.processes import DemoError
from demo.sandbox_process import SandboxProcess
from sandbox import settings
from sandbox.errors import SandboxError

ACCOUNT, REGION = "source", "us-west-2"
CLUSTER, TABLE = "catalog", "SynonymsTable"
DOMAIN = INDEX = "products"
FIELD = "title"
TERMS = ("Base_Term", "Synonym_1", "Synonym_2")


class SearchError(DemoError):
    """The search did not answer, or refused."""


class ProductSearch:
    """The search as an application sees it: signed requests over verified TLS to the domain's endpoint."""

    def __init__(self, process: SandboxProcess) -> None:
        sandbox = process.client()
        domain = sandbox.client("opensearch", ACCOUNT, REGION).describe_domain(DomainName=DOMAIN)
        self.endpoint = f"https://{domain['DomainStatus']['Endpoint']}"
        self._credentials: Any = sandbox.session(ACCOUNT).get_credentials()
        self._http = URLLib3Session(verify=process.ca_bundle)  # type: ignore[arg-type]

    def add(self, titles: Sequence[str]) -> None:
        """Index products, to be found at once."""
        for title in titles:
            place = f"/{INDEX}/_doc/{title.replace(' ', '-')}?refresh=true"
            self._ask("PUT", place, {FIELD: title})

    def find(self, text: str) -> tuple[str, ...]:
        """Titles of what a search finds, in the order of the alphabet."""
        found = self._ask("GET", f"/{INDEX}/_search", {"query": {"match": {FIELD: text}}})
        return tuple(sorted(hit["_source"][FIELD] for hit in found["hits"]["hits"]))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _ask(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        request = AWSRequest(method, self.endpoint + path, {"Content-Type": "application/json"})
        request.data = json.dumps(body)
        SigV4Auth(self._credentials.get_frozen_credentials(), "es", REGION).add_auth(request)
        try:
            answer = self._http.send(request.prepare())
        except HTTPClientError as error:
            raise SearchError(f"the search does not answer: {error}") from error
        if answer.status_code >= 300:
            raise SearchError(f"the search answers {answer.status_code}: {answer.text}")
        content: dict[str, Any] = json.loads(answer.content)
        return content


class Shopper(Observer):
    """Searches the same words again and again, and notes what comes up."""

    def __init__(self, search: ProductSearch, text: str, *, pause_seconds: float = 0.1) -> None:
        super().__init__("shopper", pause_seconds)
        self._search = search
        self._text = text

    def observe(self) -> Observation:
        """Search once."""
        began = time.monotonic()
        try:
            marker = self._search.find(self._text)
        except SearchError as error:
            return Observation(began, time.monotonic(), error=str(error))
        return Observation(began, time.monotonic(), marker)


class Synonyms:
    """The table of synonyms as its editors change it, with any SQL client."""

    def __init__(self, process: SandboxProcess) -> None:
        self._target = database(process, ACCOUNT, REGION, CLUSTER)

    def rows(self) -> list[tuple[object, ...]]:
        """All rows: id and terms."""
        with closing(self._target.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT SynID, {', '.join(TERMS)} FROM {TABLE} ORDER BY SynID")  # noqa: S608
            return list(cursor.fetchall())

    def insert(self, *terms: str | None) -> str:
        """Add a row of up to three terms, and return its id."""
        values = [*terms, *[None] * (len(TERMS) - len(terms))]
        return str(self._run(f"INSERT INTO {TABLE} ({', '.join(TERMS)}) VALUES (%s, %s, %s)", values))  # noqa: S608

    def update(self, base_term: str, *others: str | None) -> None:
        """Replace what stands beside a base term."""
        statement = f"UPDATE {TABLE} SET Synonym_1 = %s, Synonym_2 = %s WHERE Base_Term = %s"  # noqa: S608
        self._run(statement, [*others, base_term])

    def delete(self, row_ids: Iterable[str]) -> None:
        """Remove rows."""
        for row_id in row_ids:
            self._run(f"DELETE FROM {TABLE} WHERE SynID = %s", [row_id])  # noqa: S608

    def _run(self, statement: str, values: Sequence[str | None]) -> int:
        with closing(self._target.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            connection.commit()
            return int(cursor.lastrowid or 0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one thing in the shop of the sandbox that the environment names; problems are one message and exit code 1."""
    parser = argparse.ArgumentParser(
        prog="python -m demo.shop", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("find", help="search the products").add_argument("what", metavar="TEXT")
    commands.add_parser("rows", help="show the table of synonyms").set_defaults(what=None)
    insert = commands.add_parser("insert", help="add a row of up to three terms")
    insert.add_argument("what", nargs="+", metavar="TERM")
    commands.add_parser("delete", help="delete rows").add_argument("what", nargs="+", metavar="ID")
    options = parser.parse_args(arguments)
    if options.command == "insert" and len(options.what) > len(TERMS):
        insert.error(f"the table has room for {len(TERMS)} terms in a row")
    try:
        print(_done(options.command, options.what))
    except (DemoError, SandboxError, ClientError, pymysql.err.Error) as error:
        print(f"shop: {error}", file=sys.stderr)
        return 1
    return 0


def _done(command: str, what: Any) -> str:
    process = SandboxProcess(settings.home())
    if not process.present:
        raise DemoError(f"no sandbox is up in {process.home}: start it with KEEP=1 make demo")
    if command == "find":
        return "\n".join(ProductSearch(process).find(what)) or "nothing"
    synonyms = Synonyms(process)
    if command == "insert":
        return f"Row {synonyms.insert(*what)}: {', '.join(what)}"
    if command == "delete":
        synonyms.delete(what)
    lines = [", ".join(str(cell) for cell in row if cell is not None) for row in synonyms.rows()]
    return "\n".join(lines) or "no rows"


if __name__ == "__main__":
    sys.exit(main())
