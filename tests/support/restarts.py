"""Ends real database servers without a word, and has them started again: RDS its own, the ledger's by themselves.

As a program, `python -m tests.support.restarts ENDPOINT KEY MARK`, it starts one again, and writes a file when it
answers.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg2.extensions

from sandbox import settings
from sandbox.client import Sandbox

REGIONS = ("us-west-2", "us-west-1")
DELAY = {"Delay": 1, "MaxAttempts": 60}


def crash(connection: Any, endpoint_url: str, mark: Path) -> None:
    """End the server at the other end of a driver's connection, and begin to start it again.

    Args:
        connection: the driver's.
        endpoint_url: of the sandbox, whose RDS starts its own servers.
        mark: a file that is there once the server answers again; one of the ledger's PostgreSQL is there at once,
            since that server goes through its recovery by itself.
    """
    if isinstance(connection, psycopg2.extensions.connection):
        backend = connection.info.backend_pid
        leader, how = _parent(backend), signal.SIGQUIT  # "immediate": no checkpoint, and nobody is told
    else:
        connection.query("SELECT @@datadir")
        [(data,)] = connection._result.rows
        leader, how = int((Path(data).parent / "pid").read_text()), signal.SIGKILL
    folder = Path(f"/proc/{leader}/cwd").resolve().parent
    if folder.parent.name != "servers":
        mark.touch()
        os.kill(backend, signal.SIGKILL)
        return
    os.kill(leader, how)
    command = [sys.executable, "-m", "tests.support.restarts", endpoint_url, folder.name, str(mark)]
    subprocess.Popen(command, start_new_session=True)


def start_again(endpoint_url: str, key: str) -> None:
    """Reboot the instance of a server's key, a cluster's writer or a plain one, and wait until it is available."""
    sandbox = Sandbox(endpoint_url)
    for account in settings.ACCOUNTS:
        for region in REGIONS:
            rds = sandbox.client("rds", account, region)
            for name in _instances(rds, key):
                rds.reboot_db_instance(DBInstanceIdentifier=name)
                rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier=name, WaiterConfig=DELAY)
                return
    raise LookupError(f"no instance in the sandbox is served by {key}")


def _instances(rds: Any, key: str) -> list[str]:
    writers = [
        member["DBInstanceIdentifier"]
        for cluster in rds.describe_db_clusters()["DBClusters"]
        for member in cluster["DBClusterMembers"]
        if cluster["DbClusterResourceId"] == key and member["IsClusterWriter"]
    ]
    plain = [one for one in rds.describe_db_instances()["DBInstances"] if one["DbiResourceId"] == key]
    return [*writers, *(one["DBInstanceIdentifier"] for one in plain)]


def _parent(pid: int) -> int:
    """The process that has begun another; names in brackets come before its number."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


if __name__ == "__main__":
    start_again(sys.argv[1], sys.argv[2])
    Path(sys.argv[3]).touch()
