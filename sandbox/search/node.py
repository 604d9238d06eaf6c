"""The search engine of one domain, in a process of its own."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sandbox.search.child import HEAP_MB, Child
from sandbox.search.oracle import STANDARD

if TYPE_CHECKING:
    from sandbox.endpoints import CertificateAuthority
    from sandbox.search.signatures import Auth

PACKAGES = "analyzers"
NAMES = ("127.0.0.1", "localhost")
_LOG = "search.log"
_PACKAGE_ID = re.compile(r"[A-Za-z0-9-]+")


class SearchNode:
    """One domain's engine and its HTTPS endpoint; a context manager, thread-safe.

    Attributes:
        folder: its configuration folder, which `synonyms_path` is relative to.
    """

    def __init__(self, folder: Path, child: Child) -> None:
        """Hold a started process; `start` makes one."""
        self.folder = folder
        self._child = child

    @classmethod
    def start(
        cls,
        folder: Path,
        *,
        authority: CertificateAuthority,
        auth: Auth = "sigv4",
        data_nodes: int = 1,
        heap_mb: int = HEAP_MB,
    ) -> Self:
        """Start a node without any index.

        Args:
            folder: for its dictionaries and its log; made where it is missing.
            authority: signs its certificate.
            auth: whether requests must be signed, as an access policy with principals asks.
            data_nodes: how many nodes the domain has, which decides whether replicas find a place.
            heap_mb: the most memory for Java's objects: 256 is enough for 100,000 rules.

        Raises:
            MissingProgram: Lucene or Java is not installed.
            SearchError: it could not start.
        """
        (folder / PACKAGES).mkdir(parents=True, exist_ok=True)
        certificate, key = authority.server_certificate(NAMES)
        arguments = ["node", "--config", str(folder), "--certificate", str(certificate), "--key", str(key)]
        arguments += ["--auth", auth, "--data-nodes", str(data_nodes)]
        return cls(folder, Child(arguments, log=folder / _LOG, heap_mb=heap_mb))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process."""
        return self._child.pid

    @property
    def host_port(self) -> str:
        """The endpoint as a domain's description names it: host and port."""
        return f"127.0.0.1:{self._child.greeting}"

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"https://{self.host_port}"

    def put_package(self, package_id: str, content: bytes) -> None:
        """Write a dictionary, and let the indexes that are open take it up unless that is switched off.

        An index whose rules cannot be read from it keeps those it has.
        """
        write_package(self.folder, package_id, content)
        self._child.call("package_changed", path=f"{PACKAGES}/{package_id}")

    def remove_package(self, package_id: str) -> None:
        """Delete a dictionary: open indexes keep its rules, closed ones cannot open any more."""
        remove_package(self.folder, package_id)

    def auto_refresh(self, on: bool) -> None:
        """Switch on or off that open indexes take up new dictionaries by themselves."""
        self._child.call("auto_refresh", on=on)

    def parse(self, lines: Sequence[str], chain: Mapping[str, Any] = STANDARD) -> list[str | None]:
        """Read each text as a rule file of its own: None where Lucene takes it, else its message."""
        found: list[str | None] = self._child.call("accepts", lines=list(lines), chain=chain)
        return found

    def close(self) -> None:
        """End the process; doing it again does nothing."""
        self._child.close()


def write_package(folder: Path, package_id: str, content: bytes) -> None:
    """Write a dictionary so that a reader finds the old one or the new one, never a part."""
    target = _package(folder, package_id)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=".")
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, 0o644)  # a container's user reads it too
        file.write(content)
    Path(draft).replace(target)


def remove_package(folder: Path, package_id: str) -> None:
    """Delete a dictionary; doing it again does nothing."""
    _package(folder, package_id).unlink(missing_ok=True)


def _package(folder: Path, package_id: str) -> Path:
    if not _PACKAGE_ID.fullmatch(package_id):
        raise ValueError(f"package id {package_id!r} is not one. Pass the service's own, e.g. F123456789")
    return folder / PACKAGES / package_id
