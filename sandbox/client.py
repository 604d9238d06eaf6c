"""A running sandbox seen from outside: its control API, and AWS clients per account and Region."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sandbox import settings
from sandbox.errors import SandboxError

if TYPE_CHECKING:
    import boto3

LONGEST = 120.0
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Sandbox:
    """Steers the sandbox at `endpoint_url`. Raises SandboxError where it refuses or does not answer."""

    def __init__(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url
        self._lock = threading.RLock()
        self._issued: dict[str, dict[str, str]] = {}
        self._clients: dict[tuple[str, str, str], Any] = {}

    def status(self) -> dict[str, Any]:
        """Return what the sandbox says of itself: addresses, clock, durations, faults, counts."""
        return self._ask("GET", "status")

    def fault(self, operation: str, kind: str, **details: Any) -> int:
        """Order a fault (fields of `sandbox.faults.Fault`) and return its number."""
        return int(self._ask("POST", "faults", {"operation": operation, "kind": kind, **details})["id"])

    def faults(self) -> list[dict[str, Any]]:
        """List the faults in force with how many calls each has seen and hit."""
        return list(self._ask("GET", "faults")["faults"])

    def clear_faults(self) -> None:
        """Drop all faults."""
        self._ask("DELETE", "faults")

    def calls(self, operation: str | None = None, **wanted: str) -> list[dict[str, Any]]:
        """List the logged calls, oldest first; `operation` may read "Operation" or "service:Operation"."""
        if operation:
            service, _, name = operation.rpartition(":")
            wanted |= {"operation": name} | ({"service": service} if service else {})
        return list(self._ask("GET", f"calls?{urllib.parse.urlencode(wanted)}")["calls"])

    def judged(self, policy_of: str) -> list[dict[str, Any]]:
        """List what the policies of a role, by its name, or a resource, by its ARN, were asked for.

        Fields as in `sandbox.policy_log.Judged`; only while identity policies are enforced.
        """
        return [one for one in self._ask("GET", "judged")["judged"] if one["policy_of"] == policy_of]

    def advance(self, seconds: float) -> float:
        """Move the sandbox's clock forward and return its time."""
        return float(self._ask("POST", "clock", {"advance": seconds})["now"])

    def set_clock(self, *, manual: bool | None = None, scale: float | None = None) -> None:
        """Stop the clock, let it go, or change its pace."""
        wanted = {"manual": manual, "scale": scale}
        self._ask("POST", "clock", {name: value for name, value in wanted.items() if value is not None})

    def durations(
        self, override: Mapping[str, float] | None = None, profile: str | None = None
    ) -> dict[str, float]:
        """Change how long transitions take, in seconds by name, and return all of them."""
        wanted: dict[str, Any] = {"override": dict(override or {})} | (
            {"profile": profile} if profile else {}
        )
        return self._ask("POST", "durations", wanted)

    def force_status(self, kind: str, identifier: str, status: str, *, account: str, region: str) -> None:
        """Put a resource into a status.

        Kinds are "db_cluster", "db_instance", "db_cluster_snapshot", "db_snapshot", "package" (by name or id),
        "domain_package" (by "domain:package id") and "replication_task" (by name or ARN; a stop reason may
        follow the status, as in "stopped:FATAL_ERROR"), "classification_job" (by name or id; "COMPLETE:ERROR"
        is one that could not look into everything), "redshift_cluster" and "redshift_workgroup".
        """
        wanted = {
            "kind": kind,
            "identifier": identifier,
            "status": status,
            "account": account,
            "region": region,
        }
        self._ask("POST", "state", wanted)

    def flush(self, stream: str, *, account: str, region: str) -> int:
        """Deliver what a Firehose stream holds, and return the number of records."""
        wanted = {"stream": stream, "account": account, "region": region}
        return int(self._ask("POST", "flush", wanted)["records"])

    def plant(
        self,
        warehouse: str,
        database: str,
        table: str,
        rows: Sequence[Mapping[str, Any]],
        *,
        account: str,
        region: str,
    ) -> int:
        """Add rows to a system table of Redshift, such as "stl_alert_event_log", and return how many.

        `warehouse` is "cluster:NAME" or "workgroup:NAME"; moments are text in the form of ISO 8601.
        """
        wanted = {
            "warehouse": warehouse,
            "database": database,
            "table": table,
            "rows": list(rows),
            "account": account,
            "region": region,
        }
        return int(self._ask("POST", "plant", wanted)["rows"])

    def choose(self, **choices: str) -> dict[str, str]:
        """Choose between behaviours that AWS leaves open, such as `package_order`, and return all choices."""
        return self._ask("POST", "behaviour", choices)

    def seed(self, name: str) -> dict[str, Any]:
        """Build a world."""
        return self._ask("POST", "seed", {"name": name})

    def reset(self) -> None:
        """Drop all resources, faults and changed timing; clients made here stay usable."""
        self._ask("POST", "reset")

    def session(self, account: str) -> boto3.Session:
        """Return a session of the account's pipeline role; `account` is a number or "source" or "target"."""
        import boto3

        issued: dict[str, Any] = self._credentials(settings.ACCOUNTS.get(account, account))
        return boto3.Session(**issued)

    def client(self, service: str, account: str = "source", region: str = settings.REGION) -> Any:
        """Return a boto3 client for a service in an account and Region, the same one every time."""
        account = settings.ACCOUNTS.get(account, account)
        key = (service, account, region)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._make(service, region, self._credentials(account))
            return self._clients[key]

    def _make(self, service: str, region: str, credentials: Mapping[str, str]) -> Any:
        from botocore.config import Config

        directly = Config(proxies={})
        return self._session.client(
            service, region, endpoint_url=self.endpoint_url, config=directly, **credentials
        )

    @cached_property
    def _session(self) -> Any:
        """One session for all clients, since each session reads every service's description anew.

        It knows no profile: what AWS_PROFILE names is for AWS.
        """
        import boto3
        import botocore.session

        no_profile = {"profile": (None, None, None, None)}
        return boto3.Session(botocore_session=botocore.session.Session(session_vars=no_profile))

    def _credentials(self, account: str) -> dict[str, str]:
        with self._lock:
            if account not in self._issued:
                self._issued[account] = self._assume(account)
            return self._issued[account]

    def _assume(self, account: str) -> dict[str, str]:
        base = {
            "aws_access_key_id": settings.ACCESS_KEY,
            "aws_secret_access_key": settings.SECRET_KEY,
        }
        sts = self._make("sts", settings.REGION, base)
        role = settings.ROLES.get(account, f"arn:aws:iam::{account}:role/switchyard")
        issued = sts.assume_role(RoleArn=role, RoleSessionName="sandbox")["Credentials"]
        return {
            "aws_access_key_id": issued["AccessKeyId"],
            "aws_secret_access_key": issued["SecretAccessKey"],
            "aws_session_token": issued["SessionToken"],
        }

    def _ask(self, method: str, what: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the URL is the sandbox's own
            f"{self.endpoint_url}/_sandbox/{what}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with DIRECTLY.open(request, timeout=LONGEST) as response:
                answer: dict[str, Any] = json.load(response)
                return answer
        except urllib.error.HTTPError as error:
            content = json.load(error)
            raise SandboxError(content.get("error") or content.get("message") or str(error)) from error
        except OSError as error:
            raise SandboxError(f"no sandbox answers at {self.endpoint_url}: {error}") from error
