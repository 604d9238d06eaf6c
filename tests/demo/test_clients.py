"""The demo's clients, against real MariaDB servers behind the sandbox's router."""

from __future__ import annotations

from collections import Counter
from contextlib import closing

import pytest

from demo.clients import LOST, REFUSED, Observation, Reader, Target, Writer, harmful, phases
from demo.processes import DemoError
from sandbox.endpoints import CertificateAuthority, Router
from sandbox.engines import Engines

NAME = "live.cluster"


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """Two MariaDB servers, "old" and "new", that differ in one row, and a router in front of them."""
    home = tmp_path_factory.mktemp("clients")
    authority, router = CertificateAuthority(home), Router(home)
    engines = Engines(home, authority)
    try:
        backends = {}
        for key in ("old", "new"):
            engines.create(key, "mysql", username="admin", password="sandbox-only", database="shop")
            backends[key] = engines.start(key, certificate_names=[router.address(NAME)])
            with closing(_at(*backends[key], authority).connect()) as connection:
                cursor = connection.cursor()
                cursor.execute("CREATE TABLE sale (id INT AUTO_INCREMENT PRIMARY KEY, release_name TEXT)")
                cursor.execute("INSERT INTO sale (release_name) VALUES (%s)", (key,))
                connection.commit()
        target = _at(router.address(NAME), router.port("mysql"), authority)
        yield router, backends, target
    finally:
        engines.close()
        router.close()


def _at(host, port, authority):
    return Target(host, port, "admin", "sandbox-only", "shop", authority.ca_bundle)


@pytest.fixture
def live(servers):
    """The endpoint of the live name, and a function that points it at a server or at nothing."""
    router, backends, target = servers

    def point(key):
        router.point(NAME, target.port, backends[key] if key else None)

    point("old")
    return target, point


def test_reader_sees_old_data_a_gap_and_new_data(live):
    """It should measure how long an endpoint without a server could not be read."""
    target, point = live
    with Reader(target, "SELECT release_name FROM sale WHERE id = 1") as reader:
        reader.wait_for(lambda marker: marker == "old", seconds=10)
        point(None)
        while not reader.phases[-1].gap:
            reader.check()
        point("new")
        reader.wait_for(lambda marker: marker == "new", seconds=10)

    old, gap, new = reader.phases
    assert (old.marker, gap.marker, new.marker) == ("old", None, "new")
    assert 0 < gap.seconds < 5
    assert not harmful(reader.phases), "only refused and lost connections are to be seen"


def test_reader_reports_errors_that_reconnecting_does_not_mend(live):
    """It should not take a refused login for an endpoint that changes hands."""
    target, _ = live
    stranger = Target(target.host, target.port, "nobody", "wrong", "shop", target.ca_bundle)
    with Reader(stranger, "SELECT 1") as reader:
        while not reader.phases:
            reader.check()

    (error,) = harmful(reader.phases)
    assert "Access denied" in error


def test_reader_gives_up_waiting(live):
    """It should say that what was awaited did not come, not wait for ever."""
    with Reader(live[0], "SELECT 1") as reader, pytest.raises(DemoError, match=r"not read what was awaited"):
        reader.wait_for(lambda marker: marker == 2, seconds=0.3)


def test_writer_counts_what_it_wrote(live):
    """It should write through one connection until it is closed."""
    target, _ = live

    def write(connection):
        written = connection.cursor().execute("INSERT INTO sale (release_name) VALUES ('more')")
        connection.commit()
        return written

    with Writer(target, write, pause_seconds=0.01) as writer:
        while writer.written < 5:
            writer.check()

    assert target.ask("SELECT count(*) FROM sale WHERE release_name = 'more'") == writer.written


def test_writer_that_fails_is_reported(live):
    """It should not let a writer that has given up pass for one that writes."""

    def write(connection):
        return connection.cursor().execute("INSERT INTO no_such_table VALUES (1)")

    gave_up = pytest.raises(DemoError, match=r"the writer gave up: .*no_such_table")
    with Writer(live[0], write, pause_seconds=0.01) as writer, gave_up:
        while True:
            writer.check()

    with pytest.raises(DemoError, match=r"the writer gave up: .*no_such_table"):
        writer.check()


def seen(*attempts):
    """Observations that each take 10 ms and follow one another at once."""
    return [
        Observation(number / 100, (number + 1) / 100, **{kind: value})
        for number, (kind, value) in enumerate(attempts)
    ]


def test_gap_reaches_from_the_last_answer_to_the_next():
    """It should say how long at most nothing could be read, not just how long errors were seen."""
    old, gap, new = phases(
        seen(("marker", 1), ("error", REFUSED), ("error", LOST), ("marker", 2), ("marker", 2))
    )
    assert (gap.began, gap.ended) == (0.01, 0.04)
    assert gap.seconds == pytest.approx(0.03)
    assert gap.errors == Counter({REFUSED: 1, LOST: 1})
    assert (old.attempts, new.attempts) == (1, 2)


def test_change_without_a_gap_makes_two_phases():
    """It should not invent a gap where every attempt was answered."""
    assert [(phase.marker, phase.gap) for phase in phases(seen(("marker", 1), ("marker", 2)))] == [
        (1, False),
        (2, False),
    ]


def test_nothing_seen_is_no_phase():
    """It should make nothing of nothing."""
    assert phases([]) == []
