"""Why a load reads windows with a lookback and then compares keys: what simpler strategies leave wrong.

An hour of a shop's writes is loaded once a minute by each strategy. Of 20,000 transactions three in a hundred take
long: their rows bear the time at which they were written, and are seen only after the commit. Timestamps have whole
seconds, and a run begins half a second after its minute. Runs go on for six quiet minutes, and then each target is
compared with the source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

import duckdb
import pyarrow as pa
import pytest

SECONDS, EVERY, QUIET = 3_600, 60, 6
TRANSACTIONS = 20_000
LONGEST = 290.0
"""Seconds that the longest transaction takes."""


@dataclass(frozen=True)
class Strategy:
    """Which rows of the source a run reads, as a condition in SQL, and what it does besides to the target."""

    reads: str
    empties: bool = False
    compares_keys: bool = False


@dataclass(frozen=True)
class Left:
    """What is wrong in a target at the end; rows by their keys."""

    missing: int
    stale: int
    ghosts: int


NEWEST = "(SELECT coalesce(max(updated_at), -1) FROM target)"
WINDOW = "updated_at >= $lo AND updated_at < $hi"
STRATEGIES: Mapping[str, Strategy] = {
    "keys that are new": Strategy("k NOT IN (SELECT k FROM target)"),
    "after the newest row": Strategy(f"updated_at > {NEWEST}"),
    "from the newest row on": Strategy(f"updated_at >= {NEWEST}"),
    "interval": Strategy(WINDOW),
    "interval, 1 minute back": Strategy(WINDOW.replace("$lo", "$lo - 60")),
    "interval, 5 minutes back": Strategy(WINDOW.replace("$lo", "$lo - 300")),
    "everything": Strategy("true", empties=True),
    "interval, 5 minutes back, keys": Strategy(WINDOW.replace("$lo", "$lo - 300"), compares_keys=True),
}


@pytest.fixture(scope="module")
def outcomes() -> Mapping[str, tuple[Left, int]]:
    """What each strategy leaves wrong, and how many rows it has moved."""
    with duckdb.connect(config={"threads": 1}) as connection:
        _write_history(connection, Random(5))  # noqa: S311 - it only has to repeat itself
        names = list(STRATEGIES)
        for number in range(len(names)):
            connection.execute(
                f"CREATE TABLE target_{number} (k INTEGER, version INTEGER, updated_at INTEGER)"
            )
        moved = dict.fromkeys(names, 0)
        for minute in range(SECONDS // EVERY + QUIET):
            lo, hi = minute * EVERY, (minute + 1) * EVERY
            _see(connection, hi + 0.5)
            for number, name in enumerate(names):
                moved[name] += _load(connection, STRATEGIES[name], f"target_{number}", lo, hi)
        _see(connection, SECONDS + LONGEST)
        return {
            name: (_compare(connection, f"target_{number}"), moved[name]) for number, name in enumerate(names)
        }


def _write_history(connection: duckdb.DuckDBPyConnection, rng: Random) -> None:
    """Every version of every row, with the moments at which it was written and committed."""
    rows: list[tuple[int, int, int, float, bool]] = []
    free: dict[int, float] = {}
    """Living rows, and from when on nobody holds them."""
    for version, at in enumerate(sorted(rng.uniform(0, SECONDS) for _ in range(TRANSACTIONS))):
        late = rng.random() < 0.03
        commit = at + (min(rng.expovariate(1 / 40), LONGEST) if late else rng.uniform(0, 0.3))
        key, gone = _choose(rng, free, version, at)
        rows.append((key, version, int(at), commit, gone))
        if gone:
            del free[key]
        else:
            free[key] = commit
    names = ("k", "version", "updated_at", "committed_at", "gone")
    written = pa.table(dict(zip(names, zip(*rows, strict=True), strict=True)))
    connection.register("written", written)
    connection.execute("CREATE TABLE history AS SELECT * FROM written")


def _choose(rng: Random, free: Mapping[int, float], version: int, at: float) -> tuple[int, bool]:
    """The row that a transaction writes, and whether it deletes it; a row that another one holds is left alone."""
    kind = rng.random()
    if kind >= 0.6 and free:
        key = rng.choice(list(free)) if len(free) < 50 else _some(rng, free, version)
        if free.get(key, at + 1) <= at:
            return key, kind >= 0.974
    return version, False


def _some(rng: Random, free: Mapping[int, float], version: int) -> int:
    return next((key for key in (rng.randrange(version) for _ in range(100)) if key in free), -1)


def _see(connection: duckdb.DuckDBPyConnection, at: float) -> None:
    """Make `source` what a reader sees at this moment."""
    connection.execute(
        """
        CREATE OR REPLACE TABLE source AS
        SELECT k, version, updated_at
        FROM (SELECT * FROM history WHERE committed_at <= $at QUALIFY version = max(version) OVER (PARTITION BY k))
        WHERE NOT gone
        """.replace("$at", str(at))
    )


def _load(connection: duckdb.DuckDBPyConnection, strategy: Strategy, target: str, lo: int, hi: int) -> int:
    """One run of a strategy; how many rows it moved."""
    reads = (
        strategy.reads.replace("$lo", str(lo))
        .replace("$hi", str(hi))
        .replace("FROM target", f"FROM {target}")
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE stage AS SELECT * FROM source WHERE {reads}")
    if strategy.empties:
        connection.execute(f"DELETE FROM {target}")
    connection.execute(f"DELETE FROM {target} USING stage WHERE {target}.k = stage.k")
    [(moved,)] = connection.execute(f"INSERT INTO {target} SELECT * FROM stage").fetchall()
    if strategy.compares_keys:
        connection.execute(f"DELETE FROM {target} WHERE k NOT IN (SELECT k FROM source)")
    return moved


def _compare(connection: duckdb.DuckDBPyConnection, target: str) -> Left:
    [(missing, stale, ghosts)] = connection.execute(
        f"""
        SELECT
            count(*) FILTER (t.k IS NULL),
            count(*) FILTER (s.version <> t.version),
            count(*) FILTER (s.k IS NULL)
        FROM source AS s FULL JOIN {target} AS t ON s.k = t.k
        """
    ).fetchall()
    return Left(missing, stale, ghosts)


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("keys that are new", Left(0, 4333, 509)),
        ("after the newest row", Left(170, 111, 501)),
        ("from the newest row on", Left(110, 67, 505)),
        ("interval", Left(110, 67, 504)),
        ("interval, 1 minute back", Left(25, 14, 507)),
        ("interval, 5 minutes back", Left(0, 0, 508)),
        ("everything", Left(0, 0, 0)),
        ("interval, 5 minutes back, keys", Left(0, 0, 0)),
    ],
)
def test_what_is_left_wrong(outcomes, name, left):
    """It should lose rows that commit late, keep old versions, or keep deleted rows, but for the last two."""
    assert outcomes[name][0] == left


def test_rows_moved(outcomes):
    """It should move a fraction of what reloading moves, and less the shorter it looks back."""
    moved = {name: rows for name, (_, rows) in outcomes.items()}
    order = [
        "after the newest row",
        "from the newest row on",
        "interval, 1 minute back",
        "interval, 5 minutes back",
        "everything",
    ]
    assert [moved[name] for name in order] == sorted(moved[name] for name in order)
    assert moved["interval, 5 minutes back, keys"] < moved["everything"] / 3
