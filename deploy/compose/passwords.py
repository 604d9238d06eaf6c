"""Writes the administrator's password, from ADMIN_PASSWORD, where Airflow's simple auth manager reads it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

SHORTEST = 12


def main() -> int:
    """Write the file for its owner alone; 1 where the password is missing or short."""
    password = os.environ.get("ADMIN_PASSWORD", "")
    if len(password) < SHORTEST:
        print(f"ADMIN_PASSWORD has {len(password)} characters. Give it {SHORTEST} or more")  # noqa: T201
        return 1
    path = Path(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps({"admin": password}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
