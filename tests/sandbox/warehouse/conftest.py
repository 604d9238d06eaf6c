"""A warehouse with nothing around it."""

import threading
from datetime import UTC, datetime

import pytest

from sandbox.warehouse.warehouse import Warehouse


class Nowhere:
    """Surroundings without a cloud: no roles, no secrets, no buckets."""

    def objects(self, role_arns):
        raise AssertionError(f"{role_arns} asked for objects")

    def catalogue(self, role_arns):
        raise AssertionError(f"{role_arns} asked for a catalogue")

    def secret(self, secret_arn, role_arn):
        raise AssertionError(f"{role_arn} asked for {secret_arn}")

    def route(self, host, port):
        return host, port

    def roles(self):
        return set()

    def default_role(self):
        return None

    def now(self):
        return datetime(2026, 6, 15, 12, 30, 1, tzinfo=UTC)


@pytest.fixture
def open_warehouse():
    """Open databases "analytics" of workgroups, such as one whose transactions must be serializable."""
    made = []

    def opened(isolation="SNAPSHOT"):
        made.append(
            Warehouse("switchyard", "analytics", "123456789012", "eu-west-1", Nowhere(), isolation=isolation)
        )
        return made[-1]

    yield opened
    for warehouse in made:
        warehouse.close()


@pytest.fixture(scope="module")
def calculator():
    """A login to a database without tables, for queries that need none."""
    made = Warehouse("switchyard", "analytics", "123456789012", "eu-west-1", Nowhere())
    yield made.session("admin")
    made.close()


@pytest.fixture
def warehouse(open_warehouse):
    """A database with snapshot isolation, as workgroups have it."""
    return open_warehouse()


@pytest.fixture
def session(warehouse):
    """A login of an administrator."""
    return warehouse.session("admin")


@pytest.fixture
def run(session):
    """Run statements, and return the answer of the last one."""

    def ran(*statements):
        answer = None
        for statement in statements:
            answer = session.execute(statement)
        return answer

    return ran


@pytest.fixture
def rows(run):
    """Run statements, and return the rows of the last one."""
    return lambda *statements: run(*statements).rows


@pytest.fixture
def federated(run):
    """An external schema fed, of a database that cannot be reached."""
    return run(
        "create external schema fed from mysql database 'shop' uri 'shop.example' port 3306 "
        "iam_role 'arn:aws:iam::123456789012:role/fed' "
        "secret_arn 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-AbCdEf'"
    )


class Elsewhere:
    """A statement that runs in a thread of its own, so that it can wait for others."""

    def __init__(self, session, sql):
        self.session = session
        self.error = None
        self.answer = None
        self._thread = threading.Thread(target=self._run, args=(sql,), daemon=True)
        self._thread.start()

    def _run(self, sql):
        try:
            self.answer = self.session.execute(sql)
        except Exception as error:  # noqa: BLE001 -- handed to the test's own thread
            self.error = error

    @property
    def ended(self):
        return not self._thread.is_alive()

    def waits(self, warehouse):
        """Return once the statement waits for a lock."""
        looking = threading.Event()
        while not any(not lock.granted for lock in warehouse.locks.listed()):
            assert not self.ended, f"it ended with {self.answer or self.error}"
            looking.wait(0.01)

    def result(self):
        """Wait for the end, and return the answer or raise the error."""
        self._thread.join(120)
        assert self.ended, "it still runs"
        if self.error is not None:
            raise self.error
        return self.answer


@pytest.fixture
def elsewhere():
    """Run a statement of another session in another thread."""
    return Elsewhere
