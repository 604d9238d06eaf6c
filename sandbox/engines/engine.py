"""What the sandbox needs to know of a database engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from typing import Any, Literal, Protocol

EngineName = Literal["mysql", "postgres"]
ADMINISTRATOR = "rdsadmin"

# A statement with its bound values; identifiers are quoted in the text already. JSON can hold it.
Statement = tuple[str, Sequence[Any]]


@dataclass(frozen=True)
class Instance:
    """What a server process is started on.

    Attributes:
        data: its data directory.
        sockets: the private folder of its unix socket.
        port: the loopback port it listens on.
        certificate: PEM file that it shows to TLS clients.
        private_key: PEM file that belongs to the certificate.
    """

    data: Path
    sockets: Path
    port: int
    certificate: Path
    private_key: Path


class Engine(Protocol):
    """One kind of database server. Stateless: every method is told what it works on."""

    @property
    def stop_signal(self) -> Signals:
        """The signal of a clean stop that does not wait for clients."""

    @property
    def not_yet(self) -> str | None:
        """What a server says that cannot start while processes of a killed one are still ending; None: it has none."""

    def initialise(self, data: Path) -> None:
        """Make an empty data directory in which only the administrator can log in, without a password."""

    def command(self, instance: Instance) -> list[str]:
        """Give the command line of the server, which must die with its parent."""

    def execute(self, instance: Instance, statements: Sequence[Statement]) -> None:
        """Run statements as administrator through the unix socket; connect only if there are none.

        Raises:
            ConnectionError: nothing answers there yet.
            EngineError: the server refused a statement.
        """

    def back_up(self, instance: Instance, target: Path) -> None:
        """Copy a running server's data consistently to a folder from which a server can start."""

    def create_master(self, username: str, password: str, database: str | None) -> list[Statement]:
        """Give the statements that make the master user and the first database."""

    def set_password(self, username: str, password: str) -> Statement:
        """Give the statement that changes a user's password."""
