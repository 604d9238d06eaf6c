"""The engines behind domains: one process each, or one OpenSearch that runs elsewhere."""

from __future__ import annotations

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import programs
from sandbox.errors import SandboxError

if TYPE_CHECKING:
    from sandbox.endpoints import CertificateAuthority
    from sandbox.search import ExternalNode, SearchNode


def domain_key(account: str, region: str, domain: str) -> str:
    """Return the key under which the engine of a domain is kept."""
    return f"{account}-{region}-{domain}"


class SearchNodes:
    """Engines by the key of their domain; thread-safe."""

    def __init__(self, home: Path, authority: CertificateAuthority) -> None:
        self._home = home / "search"
        self._authority = authority
        self._lock = threading.Lock()
        self._nodes: dict[str, ExternalNode | SearchNode] = {}
        self._turns: dict[str, threading.Lock] = {}
        shutil.rmtree(self._home, ignore_errors=True)

    def start(self, key: str, *, data_nodes: int) -> str:
        """Start the engine of a domain and return its address, "127.0.0.1:PORT"; it speaks HTTPS."""
        from sandbox.search import ExternalNode, SearchNode

        folder = self._home / key
        node: ExternalNode | SearchNode
        with self._turn(key):
            folder.mkdir(parents=True)
            if programs.search_elsewhere():
                node = ExternalNode.start(folder, authority=self._authority)
            else:
                node = SearchNode.start(folder, authority=self._authority, data_nodes=data_nodes)
            with self._lock:
                self._nodes[key] = node
        return str(node.host_port)

    def runs(self, key: str) -> bool:
        """Tell whether a domain has an engine."""
        with self._lock:
            return key in self._nodes

    def put_package(self, key: str, package_id: str, content: bytes, *, refresh: bool) -> None:
        """Hand a file to a domain's engine, which takes it up by itself where `refresh` says so."""
        node = self._node(key)
        node.auto_refresh(refresh)
        node.put_package(package_id, content)

    def remove_package(self, key: str, package_id: str) -> None:
        """Take a file from a domain's engine."""
        self._node(key).remove_package(package_id)

    def node(self, account: str, region: str, domain: str) -> ExternalNode | SearchNode:
        """Return the engine of a domain; SandboxError where it has none."""
        return self._node(domain_key(account, region, domain))

    def delete(self, key: str) -> None:
        """End a domain's engine, if it has one or is about to, and remove its data."""
        with self._turn(key):
            with self._lock:
                node = self._nodes.pop(key, None)
            if node is not None:
                node.close()
            shutil.rmtree(self._home / key, ignore_errors=True)

    def close(self) -> None:
        """End all engines."""
        with self._lock:
            keys = list(self._nodes)
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(self.delete, keys))

    def _turn(self, key: str) -> threading.Lock:
        """Return what keeps the end of an engine from overtaking its start."""
        with self._lock:
            return self._turns.setdefault(key, threading.Lock())

    def _node(self, key: str) -> ExternalNode | SearchNode:
        with self._lock:
            node = self._nodes.get(key)
        if node is None:
            raise SandboxError(f"domain {key} has no engine")
        return node
