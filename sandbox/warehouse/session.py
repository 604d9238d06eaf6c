"""A login to a warehouse: it runs one statement after another."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sandbox.warehouse.answers import Answer
from sandbox.warehouse.catalogue import Name
from sandbox.warehouse.engine import Engine
from sandbox.warehouse.errors import CANCELLED, IN_TRANSACTION, TRANSACTION_ABORTED, Cancelled, RedshiftError
from sandbox.warehouse.failures import ABORTED
from sandbox.warehouse.history import Commit, Run
from sandbox.warehouse.locks import SHARED, WRITE
from sandbox.warehouse.login import Login
from sandbox.warehouse.statements import Form
from sandbox.warehouse.text import Statement, read
from sandbox.warehouse.transactions import Transaction

if TYPE_CHECKING:
    from sandbox.warehouse.warehouse import Warehouse


ENDS = ("COMMIT", "END", "ROLLBACK", "ABORT")
READS = ("SELECT", "DESCRIBE")
"""How the engine's statements begin that change no table."""


class Session(Login):
    """A user's connection to a database, for one thread at a time but for `interrupt`."""

    def __init__(self, warehouse: Warehouse, user: str) -> None:
        super().__init__(warehouse, user)
        self.transaction: Transaction | None = None
        self.running: Run | None = None
        self.engine = Engine(warehouse.connection(), self._canceled)
        self._looked: dict[tuple[str, tuple[Any, ...]], list[tuple[Any, ...]]] = {}

    # statements

    def execute(self, sql: str) -> Answer:
        """Run one statement.

        Raises:
            RedshiftError: it fails; in a transaction block nothing but its end is possible from then on.
        """
        self.engine.go_on()
        self.query_id = next(self.warehouse.queries)
        try:
            statement = read(sql)
        except RedshiftError:
            self._fail()
            raise
        with self._timed(), self._recorded(statement) as run:
            form = self._form(statement)
            answer = form.run(self, statement) if form.controls else self._run(form, statement, run)
            run.rows = answer.affected
        return answer

    def _form(self, statement: Statement) -> Form:
        own = self.transaction is None
        try:
            self._check_failed(statement)
            return self.warehouse.parts.form(self, statement)
        except RedshiftError:
            self._fail()
            raise
        finally:
            if own and self.transaction is not None:
                self.rollback()

    def _check_failed(self, statement: Statement) -> None:
        failed = self.transaction is not None and self.transaction.failed
        if failed and statement.tokens[0].upper not in ENDS:
            raise RedshiftError(ABORTED, TRANSACTION_ABORTED)

    def _run(self, form: Form, statement: Statement, run: Run) -> Answer:
        own = self._transaction_for(form)
        run.xid = self.current.xid
        try:
            answer = form.run(self, statement)
        except BaseException:
            self._fail()
            raise
        finally:
            self.engine.take_back()
        if own:
            self.commit()
        return answer

    def _transaction_for(self, form: Form) -> bool:
        """Open a transaction for a statement unless it runs in one; return whether it is its own."""
        if self.transaction is None:
            self._open(explicit=False)
            return True
        if form.alone is not None:
            self._fail()
            raise RedshiftError(f"{form.alone} cannot run inside a transaction block", IN_TRANSACTION)
        return False

    def _fail(self) -> None:
        if self.transaction is not None and self.transaction.explicit:
            self.transaction.failed = True
        else:
            self.rollback()

    @contextmanager
    def _recorded(self, statement: Statement) -> Iterator[Run]:
        """Keep a statement in the history, with how it ended."""
        now = self.warehouse.surroundings.now
        xid = self.transaction.xid if self.transaction else 0
        label = self.settings["query_group"]
        run = Run(
            self.query_id,
            xid,
            self.pid,
            self.user,
            statement.text,
            "default" if label == "unset" else label,
            now(),
        )
        run.slots = int(self.settings["wlm_query_slot_count"])
        self.warehouse.history.runs.append(run)
        self.running = run
        began = time.monotonic()
        try:
            yield run
        except RedshiftError as error:
            run.error = error.message
            raise
        finally:
            run.ran = time.monotonic() - began
            run.ended = now()
            self.running = None

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """Stop a statement that takes longer than the session lets it."""
        seconds = self.settings.timeout_seconds
        timer = threading.Timer(seconds, self.interrupt)
        timer.daemon = True
        if seconds:
            timer.start()
        try:
            yield
        finally:
            timer.cancel()
            if seconds:
                timer.join()  # or it might stop the next statement

    # the engine, for handlers

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement of DuckDB in the transaction and return its rows."""
        self._take_snapshot()
        if not sql.startswith(READS):
            self._looked.clear()
        return self.engine.execute(sql, parameters)

    def look(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a query of DuckDB's catalogue, which takes it long, once for as long as the answer must be the same."""
        asked = (sql, tuple(parameters))
        if asked not in self._looked:
            self._looked[asked] = self.run(sql, parameters)
        return self._looked[asked]

    def _take_snapshot(self) -> None:
        """Let the engine's transaction begin, unless it has."""
        transaction = self.current
        if not transaction.open:
            with self.warehouse.isolation.mutex:
                transaction.open = True  # also where an interrupt comes between it and what it did
                self.engine.execute("BEGIN")
                self.engine.execute(self.warehouse.snapshot)
                self.warehouse.isolation.begin(transaction.xid)

    def describe(self, sql: str) -> list[tuple[str, str]]:
        """Return names and DuckDB's types of a query's columns without running it."""
        return [(row[0], row[1]) for row in self.run(f"DESCRIBE {sql}")]

    def show(self, name: str) -> str:
        """Make a system table readable for this statement; return its name for DuckDB."""
        shown = f"redshift {name}"
        if not self.engine.lent(shown):
            self.engine.lend(shown, self.warehouse.system_rows(self, name))
        return shown

    # who may do what at the same time

    def lock(self, name: Name, mode: str) -> None:
        """Hold a lock on a table until the transaction ends, having waited for others."""
        if name.temporary:
            return
        began = time.monotonic()
        self.warehouse.locks.take(self.current.xid, name, mode, self.engine.check_stopped)
        if self.running is not None:
            self.running.waited += time.monotonic() - began

    def touch(self, reads: Iterable[Name] = (), writes: Iterable[Name] = (), mode: str = WRITE) -> None:
        """Lock what a statement reads and writes, and see whether that can be serialized.

        Raises:
            RedshiftError: it cannot: error 1023.
        """
        read, written = sorted(set(reads)), sorted(set(writes))
        for name in sorted({*read, *written}):
            self.lock(name, mode if name in written else SHARED)
        if self.running is not None:
            self.running.reads |= {f"{one.schema}.{one.table}" for one in read}
            self.running.writes |= {f"{one.schema}.{one.table}" for one in written}
        self._take_snapshot()  # a transaction that has only locked tables until now has none yet
        lasting = ([one for one in names if not one.temporary] for names in (read, written))
        self.warehouse.isolation.touch(self.current.xid, self.pid, *lasting)

    def count(self, name: Name, *, inserted: int = 0, deleted: int = 0) -> None:
        """Count the rows that a statement added to and removed from a table."""
        self.current.inserted[name] += inserted
        self.current.deleted[name] += deleted

    def own(self, schema: str, owner: str | None) -> None:
        """Say whose a schema is, until the transaction is undone; None for one that is gone."""
        users = self.warehouse.users
        self.current.undoing.append(users.remember(schema))
        users.own(schema, owner)

    # transactions

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction block is open."""
        return self.transaction is not None and self.transaction.explicit

    @property
    def current(self) -> Transaction:
        """The transaction; where there is none, it is opened for the statement."""
        return self.transaction or self._open(explicit=False)

    def _open(self, *, explicit: bool) -> Transaction:
        number = next(self.warehouse.transactions)
        started = self.warehouse.surroundings.now()
        self.transaction = Transaction(number, explicit, started, settings=self.settings.all())
        return self.transaction

    def begin(self) -> None:
        """Open a transaction block; within one this changes nothing."""
        if self.transaction is None:
            self._open(explicit=True)

    def commit(self) -> None:
        """End the transaction and keep what it did; a failed one is rolled back.

        Raises:
            RedshiftError: another transaction was faster.
        """
        transaction = self.transaction
        if transaction is None:
            return
        if transaction.failed:
            self.rollback()
            return
        started = self.warehouse.surroundings.now()
        try:
            if transaction.open:
                with self.warehouse.isolation.mutex:
                    self.engine.execute("COMMIT")
                    self.warehouse.isolation.commit(transaction.xid)
        except RedshiftError:
            self.rollback()
            raise
        self._ended(transaction)
        for name in transaction.inserted.keys() | transaction.deleted.keys():
            self.warehouse.statistics.changed(name, transaction.inserted[name], transaction.deleted[name])
        for keep in transaction.kept:
            keep()
        if transaction.inserted or transaction.deleted or transaction.kept:
            self.warehouse.history.commits.append(
                Commit(
                    transaction.xid,
                    self.warehouse.users.number(self.user),
                    transaction.started,
                    started,
                    self.warehouse.surroundings.now(),
                )
            )

    def rollback(self) -> None:
        """End the transaction and undo what it did."""
        transaction = self.transaction
        if transaction is None:
            return
        if transaction.open:
            self.engine.undo()
        self.warehouse.isolation.rollback(transaction.xid)
        while transaction.undoing:
            transaction.undoing.pop()()
        self.settings.restore(transaction.settings)
        self._ended(transaction)

    def _ended(self, transaction: Transaction) -> None:
        self.transaction = None
        self._looked.clear()
        transaction.end()
        self.warehouse.locks.release(transaction.xid)

    # ending

    def interrupt(self) -> None:
        """Stop the statement that runs, from another thread."""
        self.engine.interrupt()
        self.warehouse.locks.wake()

    def _canceled(self) -> Cancelled:
        return Cancelled(f"Query ({self.query_id}) canceled on user's request", CANCELLED)

    def close(self) -> None:
        """Log out: an open transaction is undone, temporary tables and settings are gone."""
        self.engine.go_on()
        self.rollback()
        self.engine.close()
        self.warehouse.leave(self)
