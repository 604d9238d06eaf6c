"""What compiling synonyms adds to fetching their rows, and how much memory it takes.

    PYTHONPATH=.:plugins .venv/bin/python benchmarks/synonym_compiler.py

The rows come from a real MariaDB by the pipeline's own statement and session. One table holds words of letters and
digits with some NULLs; in the other, one row in ten needs a closer look (an apostrophe, a comma, a sharp s, c++),
and one in ten shares a term with another row. The bar on time is for the first; the second shows what rows cost that
need a closer look. Each time is the median of several turns, fetching and compiling in turn. Memory is the largest
resident size of a process of its own that does nothing else.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path[:0] = [
    str(Path(__file__).resolve().parents[1]),
    str(Path(__file__).resolve().parents[1] / "plugins"),
]

import pymysql

from demo import account
from sandbox.data_plane import DataPlane
from switchyard.databases.connections import CA_BUNDLE_VARIABLE, Database, connect
from switchyard.databases.logins import Login
from switchyard.sql import render
from switchyard.synonyms.analysis import Chain
from switchyard.synonyms.compiler import Compiled, compile_rules
from switchyard.synonyms.rules import rows_from_tuples

LOGIN = Login("reader", "benchmark", "shop")
KEY = "benchmark"
TURNS = 7
TIMES_FETCH_BAR = 2.0
MEMORY_BAR_MB = 500

_COLUMNS = "Base_Term VARCHAR(255), Synonym_1 VARCHAR(255), Synonym_2 VARCHAR(255)"
_PLAIN = (
    "concat('base term ', seq), concat('Synonym A', seq), if(seq % 5 = 0, NULL, concat('other-word ', seq))"
)
_SPECIAL = "elt(1 + seq div 10 % 4, 'men''s shoe ', 'salt, pepper ', 'straße ', 'c++ ')"
_MIXED = f"""
    concat('base term ', if(seq % 10 = 3, seq - 1, seq)),
    concat(if(seq % 10 = 7, {_SPECIAL}, 'Synonym A'), seq),
    if(seq % 5 = 0, NULL, concat('other-word ', seq))
"""
TABLES = {
    "plain_100k": (_PLAIN, 100_000),
    "mixed_100k": (_MIXED, 100_000),
    "mixed_1m": (_MIXED, 1_000_000),
}


def main(arguments: list[str]) -> int:
    """Measure all, print two tables, and return 1 when a bar is missed; or compile one table as a child."""
    if arguments:
        return _compile_once(*arguments)
    with tempfile.TemporaryDirectory(prefix="switchyard-bench-") as home:
        plane = DataPlane(Path(home))
        try:
            return _measure(plane, Path(home))
        finally:
            plane.close()


def _measure(plane: DataPlane, home: Path) -> int:
    plane.engines.create(
        KEY, "mysql", username=LOGIN.username, password=LOGIN.password, database=LOGIN.database
    )
    plane.engines.start(KEY, certificate_names=["127.0.0.1"])
    backend = plane.engines.backend(KEY)
    assert backend is not None
    host, port = backend
    os.environ[CA_BUNDLE_VARIABLE] = str(plane.authority.ca_bundle)
    _fill(host, port)
    plain, mixed = (_times(host, port, table, home) for table in ("plain_100k", "mixed_100k"))
    large = [_memory(host, port, table) for table in ("mixed_100k", "mixed_1m")]
    account.table(
        ("100,000 rows", "s to fetch", "s to fetch and compile", "times", "rules"),
        [
            (name, f"{fetch:.2f}", f"{both:.2f}", f"{both / fetch:.2f}", rules)
            for name, fetch, both, rules in (plain, mixed)
        ],
    )
    account.table(
        ("rows", "largest resident MB", "s"), [(name, str(size), seconds) for name, size, seconds in large]
    )
    return int(plain[2] > TIMES_FETCH_BAR * plain[1] or any(size > MEMORY_BAR_MB for _, size, _ in large))


def _fill(host: str, port: int) -> None:
    with (
        pymysql.connect(
            host=host,
            port=port,
            user=LOGIN.username,
            password=LOGIN.password,
            database=LOGIN.database,
            charset="utf8mb4",
        ) as connection,
        connection.cursor() as cursor,
    ):
        for table, (terms, rows) in TABLES.items():
            cursor.execute(
                f"CREATE TABLE {table} (SynID INT AUTO_INCREMENT PRIMARY KEY, {_COLUMNS}) CHARACTER SET utf8mb4"
            )
            cursor.execute(
                f"INSERT INTO {table} (Base_Term, Synonym_1, Synonym_2) SELECT {terms} FROM seq_1_to_{rows}"  # noqa: S608 - own names
            )
        connection.commit()


def _times(host: str, port: int, table: str, home: Path) -> tuple[str, float, float, str]:
    """Fetch alone and fetch with compiling, turn about; the medians in seconds of both."""
    fetching, both = [], []
    with _opened(host, port) as database:
        for _ in range(TURNS):
            fetching.append(_timed(lambda: _fetch(database, table)))
            both.append(_timed(lambda: _compile(database, table, home)))
        made = _compile(database, table, home)
    return table, statistics.median(fetching), statistics.median(both), f"{made.rules:,}"


def _timed(deed: Callable[[], object]) -> float:
    began = time.perf_counter()
    deed()
    return time.perf_counter() - began


def _fetch(database: Database, table: str) -> int:
    with database.stream(render("synonym_refresh/mysql/article.sql", "mysql", table=table)) as stream:
        return sum(1 for _ in stream.rows)


def _compile(database: Database, table: str, folder: Path) -> Compiled:
    with database.stream(render("synonym_refresh/mysql/article.sql", "mysql", table=table)) as stream:
        return compile_rules(rows_from_tuples(stream.columns, stream.rows), chain=Chain(), folder=folder)


def _memory(host: str, port: int, table: str) -> tuple[str, int, str]:
    done = subprocess.run(
        [sys.executable, __file__, host, str(port), table], check=True, capture_output=True, text=True
    )
    size, seconds = done.stdout.split()
    return f"{TABLES[table][1]:,}", int(size), seconds


def _compile_once(host: str, port: str, table: str) -> int:
    """Compile one table, and print the largest resident size of this process in MB and the time taken."""
    import resource

    with tempfile.TemporaryDirectory() as folder, _opened(host, int(port)) as database:
        seconds = _timed(lambda: _compile(database, table, Path(folder)))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, f"{seconds:.1f}")
    return 0


@contextmanager
def _opened(host: str, port: int) -> Iterator[Database]:
    with connect("mysql", host, port, LOGIN) as database:
        yield database


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
