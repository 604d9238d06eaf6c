from contextlib import closing
from pathlib import Path

import pytest

from sandbox.endpoints import CertificateAuthority
from sandbox.engines import EngineError, Engines, NoSuchServer, NoSuchSnapshot


def open_engines(home: Path) -> Engines:
    home.mkdir(parents=True, exist_ok=True)
    return Engines(home, CertificateAuthority(home))


def test_home_may_be_deep_and_oddly_named(tmp_path, engine, run):
    """It should work where a unix socket's path would be too long, and with blanks and accents in the path."""
    home = tmp_path / "a folder with a long näme" / ("deep" * 15)
    with closing(open_engines(home)) as engines:
        engines.create("a", engine, username="admin", password="it's%a\"secret", database="shop")
        engines.start("a", certificate_names=["127.0.0.1"])
        engines.snapshot("a", "s")
        engines.restore("s", "b")
        assert run(engines.start("b", certificate_names=["127.0.0.1"]), "SELECT 1") == [(1,)]


def test_next_sandbox_starts_without_servers(tmp_path, engine, run):
    """It should remove the servers and snapshots of the sandbox before, and be quicker with its template."""
    with closing(open_engines(tmp_path)) as engines:
        engines.create("a", engine, username="admin", password="secret", database=None)
        engines.snapshot("a", "s")
    with closing(open_engines(tmp_path)) as engines:
        with pytest.raises(NoSuchServer, match="no server a"):
            engines.backend("a")
        with pytest.raises(NoSuchSnapshot, match="no snapshot s"):
            engines.restore("s", "b")
        engines.create("a", engine, username="admin", password="it's%a\"secret", database="shop")
        assert run(engines.start("a", certificate_names=["127.0.0.1"]), "SELECT 1") == [(1,)]


def test_server_whose_first_statements_fail_is_not_left_running(tmp_path, engine):
    """It should raise at every start, and have no backend, when the master user cannot be made."""
    taken = {"mysql": "a" * 200, "postgres": "pg_reserved"}[engine]
    with closing(open_engines(tmp_path)) as engines:
        engines.create("a", engine, username=taken, password="secret", database=None)
        for _ in range(2):
            with pytest.raises(EngineError, match="refused"):
                engines.start("a", certificate_names=["127.0.0.1"])
            assert engines.backend("a") is None
