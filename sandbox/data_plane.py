"""The data plane of a sandbox: its database servers and the addresses under which they are reached."""

from __future__ import annotations

import shutil
from pathlib import Path

from sandbox.runtime import runtime

FOLDER = "data"


class DataPlane:
    """Engines, router and certificate authority in one folder; AWS uses them while they are attached.

    Servers and snapshots that an earlier sandbox left in the folder are ended and removed, as the AWS resources
    that they belonged to are gone. Addresses and authority stay, so that clients need not be told anew.
    """

    def __init__(self, home: Path) -> None:
        """Start with no server.

        Raises:
            EngineError: another living sandbox holds the folder.
        """
        from sandbox.endpoints import CertificateAuthority, Router
        from sandbox.engines import Engines, end_leftovers

        folder = home / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        end_leftovers(folder / "engines" / "servers")
        shutil.rmtree(folder / "engines", ignore_errors=True)
        self.authority = CertificateAuthority(folder)
        self.engines = Engines(folder, self.authority)
        self.router = Router(folder)

    def attach(self) -> None:
        """Let RDS resources made from now on have real servers."""
        runtime.engines, runtime.router, runtime.authority = self.engines, self.router, self.authority

    @staticmethod
    def detach() -> None:
        """Let RDS resources made from now on have no servers."""
        runtime.engines = runtime.router = runtime.authority = None

    def close(self) -> None:
        """Stop everything."""
        self.detach()
        self.engines.close()
        self.router.close()
