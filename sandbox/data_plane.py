"""The data plane of a sandbox: its database servers and search engines, and where they are reached."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.runtime import runtime

if TYPE_CHECKING:
    from sandbox.endpoints import Router

FOLDER = "data"


def ports(router: Router) -> dict[str, int]:
    """Return the port of each engine's endpoints."""
    return {"mysql": router.port("mysql"), "postgres": router.port("postgres")}


class DataPlane:
    """Engines, router, search engines and certificate authority in one folder; AWS uses them while attached.

    Addresses and authority are those of the last sandbox in the folder, so that clients need not be told anew.
    """

    def __init__(self, home: Path) -> None:
        """Start with no server.

        Raises:
            EngineError: another living sandbox holds the folder.
        """
        from sandbox.endpoints import CertificateAuthority, Router
        from sandbox.engines import Engines
        from sandbox.search_nodes import SearchNodes

        folder = home / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        self.authority = CertificateAuthority(folder)
        self.engines = Engines(folder, self.authority)
        self.router = Router(folder)
        self.search = SearchNodes(folder, self.authority)

    @property
    def ports(self) -> dict[str, int]:
        """The port of each engine's endpoints."""
        return ports(self.router)

    def attach(self) -> None:
        """Let resources made from now on have real servers."""
        runtime.engines, runtime.router, runtime.authority = self.engines, self.router, self.authority
        runtime.search = self.search

    @staticmethod
    def detach() -> None:
        """Let resources made from now on have no servers."""
        runtime.engines = runtime.router = runtime.authority = runtime.search = None

    def close(self) -> None:
        """Stop everything."""
        self.detach()
        self.search.close()
        self.engines.close()
        self.router.close()
