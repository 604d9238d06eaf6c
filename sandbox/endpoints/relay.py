"""Copying bytes between a client and the server it was routed to."""

import asyncio
from collections.abc import Callable
from typing import cast


class Half(asyncio.Protocol):
    """One end of a relayed connection: what it reads, it writes to its peer.

    It passes nothing on until `join` has paired it, and pauses while its peer cannot take more. When one end has
    said all, the peer is told so and may still answer; when one end is lost, so is the other.
    """

    transport: asyncio.Transport

    def __init__(
        self,
        *,
        on_made: Callable[["Half"], None] | None = None,
        on_lost: Callable[["Half"], None] | None = None,
    ) -> None:
        self._on_made, self._on_lost = on_made, on_lost
        self._peer: Half | None = None
        self._early = b""
        self._at_end = False

    def join(self, peer: "Half") -> None:
        """Pair two connected ends and let them read."""
        self._peer, peer._peer = peer, self
        for half in (self, peer):
            half._begin()

    def _begin(self) -> None:
        if self._early:
            self._other.write(self._early)
            self._early = b""
        if not self._at_end:
            self.transport.resume_reading()
        elif not self._pass_end_on():
            self.transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport, quiet until it has a peer.

        Some Pythons (3.11.2, not 3.11.7) begin to read all the same: what comes early waits here.
        """
        self.transport = cast(asyncio.Transport, transport)
        self.transport.pause_reading()
        if self._on_made:
            self._on_made(self)

    def data_received(self, data: bytes) -> None:
        """Pass the bytes on."""
        if self._peer:
            self._other.write(data)
        else:
            self._early += data

    def eof_received(self) -> bool:
        """Pass the end on; the connection is over when both ends have said all."""
        self._at_end = True
        return self._pass_end_on() if self._peer else True

    def _pass_end_on(self) -> bool:
        if cast(Half, self._peer)._at_end:
            self._other.close()
            return False
        self._other.write_eof()
        return True

    def pause_writing(self) -> None:
        """Let the peer read no more than this end can take."""
        self._other.pause_reading()

    def resume_writing(self) -> None:
        """Let the peer read again."""
        self._other.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Lose the peer too."""
        if self._peer:
            if exc:
                self._other.abort()
            else:
                self._other.close()
        if self._on_lost:
            self._on_lost(self)

    @property
    def _other(self) -> asyncio.Transport:
        # Neither end is written to before both are paired.
        return cast(Half, self._peer).transport
