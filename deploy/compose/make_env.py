"""Prints new secrets for docker-compose.yaml: `python3 deploy/compose/make_env.py > .env`. Any Python 3 will do.

It refuses while .env holds something, because PostgreSQL and what Airflow has encrypted keep the secrets of before.
"""

from __future__ import annotations

import base64
import secrets
import sys
from pathlib import Path

ENV = Path(__file__).resolve().parents[2] / ".env"


def values() -> dict[str, str]:
    """New secrets by their names in docker-compose.yaml, and what makes it use its own sandbox."""
    return {
        "POSTGRES_PASSWORD": secrets.token_hex(24),
        "REDIS_PASSWORD": secrets.token_hex(24),
        "FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "JWT_SECRET": secrets.token_hex(32),
        "SECRET_KEY": secrets.token_hex(32),
        "ADMIN_PASSWORD": secrets.token_hex(12),
        "CONNECTIONS": "deploy/compose/sandbox.env",
        "COMPOSE_PROFILES": "sandbox",
    }


def main() -> int:
    """Print them; 1 where there are some already."""
    if ENV.exists() and ENV.stat().st_size:
        sys.stderr.write(f"{ENV} holds secrets already. Remove it and the volumes to begin anew\n")
        return 1
    print("\n".join(f"{name}={value}" for name, value in values().items()))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
