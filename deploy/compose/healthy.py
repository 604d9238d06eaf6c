"""Asks the API server whether a component of Airflow is well: the health checks of docker-compose.yaml.

Usage: healthy.py metadatabase|scheduler|triggerer|dag_processor. It needs the standard library alone and takes a
fraction of a second, where `airflow jobs check` takes several.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from urllib.parse import urlsplit

SERVER = "AIRFLOW__CORE__EXECUTION_API_SERVER_URL"
TIMEOUT_SECONDS = 10


def main(component: str) -> int:
    """0 where the component says it is well; 1 where it is not, or nobody answers. The reason is printed."""
    server = urlsplit(os.environ[SERVER])
    address = f"{server.scheme}://{server.netloc}/api/v2/monitor/health"
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - our own Airflow's
            health = json.load(answer)
    except (OSError, ValueError) as error:
        print(f"{address} does not answer: {error}")  # noqa: T201
        return 1
    status = (health.get(component) or {}).get("status")
    print(f"{component} is {status}")  # noqa: T201
    return 0 if status == "healthy" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
