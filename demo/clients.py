"""Clients that use a database while a pipeline works on it, and what they saw."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Self

import pymysql

from demo.processes import DemoError
from demo.sandbox_process import SandboxProcess

REFUSED = "refused"
LOST = "lost"
HARMLESS = frozenset({REFUSED, LOST})
"""What an application has to bear while an endpoint changes hands; it reconnects and goes on."""


@dataclass(frozen=True)
class Target:
    """A MySQL database as a client reaches it. The password comes from Secrets Manager."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    database: str = ""
    ca_bundle: Path = Path()

    def connect(self) -> Any:
        """Open a connection over TLS whose certificate's authority is verified.

        The host name is not: a cluster that was renamed bears the certificate of its old name at first.
        """
        context = ssl.create_default_context(cafile=str(self.ca_bundle))
        context.check_hostname = False
        return pymysql.connect(
            host=self.host,
            port=self.port,
            user=self.username,
            password=self.password,
            database=self.database,
            ssl=context,
            connect_timeout=5,
            read_timeout=10,
        )

    def ask(self, statement: str) -> Any:
        """Run a statement on a new connection; the first column of its only row."""
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]


def database(
    process: SandboxProcess, account: str, region: str, cluster: str, *, named: str | None = None
) -> Target:
    """The cluster that bears the name now, as a client reaches it, with the login from Secrets Manager.

    Args:
        process: the sandbox.
        account: where it is.
        region: the same.
        cluster: the live name.
        named: another name than the live one, of a candidate or of what was retired.
    """
    sandbox = process.client()
    rds = sandbox.client("rds", account, region)
    found = rds.describe_db_clusters(DBClusterIdentifier=named or cluster)["DBClusters"][0]
    secrets = sandbox.client("secretsmanager", account, region)
    login = json.loads(secrets.get_secret_value(SecretId=f"switchyard/{cluster}/login")["SecretString"])
    return Target(
        host=found["Endpoint"],
        port=found["Port"],
        username=login["username"],
        password=login["password"],
        database=login["dbname"],
        ca_bundle=Path(process.ca_bundle),
    )


def reason(error: pymysql.err.Error) -> str:
    """Why a client got no answer: `REFUSED`, `LOST`, or the error itself where it is neither."""
    cause = getattr(error, "original_exception", None)
    if isinstance(cause, ConnectionRefusedError):
        return REFUSED
    if isinstance(cause, ConnectionError | ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return LOST
    return LOST if error.args and error.args[0] in (2006, 2013) else repr(error)


@dataclass(frozen=True)
class Observation:
    """One attempt of a reader: when (monotonic seconds), and what it read or why it could not."""

    began: float
    ended: float
    marker: object = None
    error: str | None = None


@dataclass(frozen=True)
class Phase:
    """Observations in a row that saw the same data, or nothing (a gap).

    Attributes:
        marker: what was read; None in a gap.
        began: end of the last attempt of the phase before; of the first one where there is none before.
        ended: end of the last attempt.
        seconds: how long the phase lasted; of a gap, how long at most nothing could be read.
        errors: how often each error was seen; empty unless it is a gap.
    """

    marker: object
    began: float
    ended: float
    attempts: int
    errors: Counter[str]

    @property
    def gap(self) -> bool:
        """Whether nothing could be read."""
        return bool(self.errors)

    @property
    def seconds(self) -> float:
        """Duration."""
        return self.ended - self.began


def phases(observations: Iterable[Observation]) -> list[Phase]:
    """Condense observations; a gap reaches from the last answer before it to the first one after it."""
    found: list[Phase] = []
    for _, group in groupby(observations, key=lambda each: (each.error is not None, each.marker)):
        members = list(group)
        began = found[-1].ended if found else members[0].began
        if found and found[-1].gap:
            began = members[0].ended
            found[-1] = replace(found[-1], ended=began)
        found.append(
            Phase(
                marker=members[0].marker,
                began=began,
                ended=members[-1].ended,
                attempts=len(members),
                errors=Counter(each.error for each in members if each.error),
            )
        )
    return found


def harmful(observed: Sequence[Phase]) -> Counter[str]:
    """The errors that an application cannot mend by connecting again."""
    errors = sum((phase.errors for phase in observed), Counter[str]())
    return Counter({error: count for error, count in errors.items() if error not in HARMLESS})


class Background:
    """A client in a thread of its own, stopped by the end of its with block."""

    def __init__(self, name: str, pause_seconds: float) -> None:
        self._name = name
        self._pause = pause_seconds
        self._ended = threading.Event()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._work: Future[None] | None = None

    def __enter__(self) -> Self:
        self._work = self._thread.submit(self.work)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop, and wait for the attempt under way."""
        self._ended.set()
        self._thread.shutdown()

    def work(self) -> None:
        """What the client does; returns when `pause` says that it is over."""
        raise NotImplementedError

    def pause(self) -> bool:
        """Wait between two attempts; True when it is over."""
        return self._ended.wait(self._pause)

    def check(self) -> None:
        """Raise `DemoError` if the client had to give up."""
        if self._work and self._work.done() and (failure := self._work.exception()):
            raise DemoError(f"the {self._name} gave up: {failure!r}") from failure


class Observer(Background):
    """Asks the same thing again and again, and notes what it is told."""

    def __init__(self, name: str, pause_seconds: float) -> None:
        super().__init__(name, pause_seconds)
        self._observations: list[Observation] = []

    @property
    def phases(self) -> list[Phase]:
        """What was seen so far."""
        return phases(tuple(self._observations))

    def work(self) -> None:
        """Look until it is over."""
        while not self.pause():
            self._observations.append(self.observe())

    def observe(self) -> Observation:
        """Ask once."""
        raise NotImplementedError

    def wait_for(self, wanted: Callable[[object], bool], *, seconds: float) -> object:
        """Wait until a marker that is wanted has been read, and return it.

        Raises:
            DemoError: it did not come in time.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.check()
            last = self._observations[-1] if self._observations else None
            if last and last.error is None and wanted(last.marker):
                return last.marker
            time.sleep(self._pause)
        raise DemoError(f"the {self._name} has not read what was awaited within {seconds:.0f} s")


class Reader(Observer):
    """Opens a new connection again and again, and notes what it reads."""

    def __init__(self, target: Target, statement: str, *, pause_seconds: float = 0.02) -> None:
        super().__init__("reader", pause_seconds)
        self._target = target
        self._statement = statement

    def observe(self) -> Observation:
        """Read once."""
        began = time.monotonic()
        try:
            marker = self._target.ask(self._statement)
        except pymysql.err.Error as error:
            return Observation(began, time.monotonic(), error=reason(error))
        return Observation(began, time.monotonic(), marker)


class Writer(Background):
    """Writes and commits through one connection, as an application does that knows of no recovery points."""

    def __init__(self, target: Target, write: Callable[[Any], int], *, pause_seconds: float = 0.2) -> None:
        super().__init__("writer", pause_seconds)
        self._target = target
        self._write = write
        self.written = 0

    def work(self) -> None:
        """Write until it is over, and count the rows."""
        with closing(self._target.connect()) as connection:
            while not self.pause():
                self.written += self._write(connection)
