"""Loads a table of MySQL into a DuckDB file with dlt, as often as it is told to; a peer for `federated_loads.py`.

Runs in an environment of its own. Each line on standard input is one load; each is answered with a line of JSON:
{"seconds": how long it took, "rows": how many rows it took over, "target": how many the table has then}.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

LOOKBACK_SECONDS = 300


def main(url: str, table: str, key: str, home: str) -> None:
    """Load for each line read; `url` is SQLAlchemy's, `key` names columns apart by commas."""
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR", "DLT_DATA_DIR": home}
    import dlt
    import duckdb
    from dlt.sources.sql_database import sql_table

    file = Path(home) / "target.duckdb"
    pipeline = dlt.pipeline(
        "peer", destination=dlt.destinations.duckdb(str(file)), dataset_name="retail", pipelines_dir=home
    )
    for _ in sys.stdin:
        began = time.monotonic()
        source = sql_table(
            credentials=url,
            table=table,
            incremental=dlt.sources.incremental("updated_at", lag=LOOKBACK_SECONDS),
            primary_key=key.split(","),
            backend="pyarrow",
            chunk_size=100_000,
        )
        pipeline.run(source, write_disposition="merge")
        seconds = time.monotonic() - began
        moved = pipeline.last_trace.last_normalize_info.row_counts.get(table, 0)
        with duckdb.connect(str(file), read_only=True) as connection:
            [(target,)] = connection.execute(f"SELECT count(*) FROM retail.{table}").fetchall()  # noqa: S608 - the caller's own
        print(json.dumps({"seconds": seconds, "rows": moved, "target": target}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
