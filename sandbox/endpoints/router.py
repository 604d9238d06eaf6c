"""The router: a loopback address per endpoint name, and the connections to it passed on to a server."""

import asyncio
import contextlib
import errno
import json
import random
import socket
import threading
from collections.abc import Coroutine
from functools import partial
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any, Literal, TypeVar

from sandbox.endpoints.relay import Half

Backend = tuple[str, int]
Result = TypeVar("Result")
_USUAL_PORTS = {"mysql": 3306, "postgres": 5432}
_BACKLOG = 512


class EndpointError(Exception):
    """An endpoint address or port cannot be had."""


class Router:
    """Passes TCP connections on to the server that an endpoint name means now; thread-safe.

    Each name has its own loopback address for good, kept in the sandbox's folder. A name without a server
    refuses connections, as a name between two renames does on AWS. Established connections stay with the
    server they were made to. All work is done by one thread with an event loop.
    """

    def __init__(self, home: Path) -> None:
        self._file = home / "endpoints.json"
        self._lock = threading.Lock()
        self._network, self._claim, self._addresses = self._take_network()
        self._ports = {engine: self._usable_port(port) for engine, port in _USUAL_PORTS.items()}
        self._routes: dict[tuple[str, int], Backend] = {}
        self._listeners: dict[tuple[str, int], asyncio.Server] = {}
        self._clients: dict[Half, Backend] = {}
        self._connecting: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="endpoint-router", daemon=True)
        self._thread.start()

    def address(self, name: str) -> str:
        """Give the address of an endpoint name; the first call allocates it."""
        with self._lock:
            if name not in self._addresses:
                self._addresses[name] = str(self._network[len(self._addresses) + 2])
                self._save()
            return self._addresses[name]

    def port(self, engine: Literal["mysql", "postgres"]) -> int:
        """Give the port of all endpoints of an engine: its usual one, or another if that is taken."""
        return self._ports[engine]

    def point(self, name: str, port: int, backend: Backend | None) -> None:
        """Route new connections to a name's port; None makes the name refuse them.

        Raises:
            EndpointError: another program took the port on all addresses since the sandbox started.
        """
        self._call(self._point((self.address(name), port), backend))

    def drop(self, backend: Backend) -> None:
        """Cut the established connections to a server, as a reboot or failover does."""
        self._call(self._drop(backend))

    def close(self) -> None:
        """Stop listening, cut all connections and end the thread."""
        if not self._thread.is_alive():
            return
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._claim.close()

    def _call(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _point(self, at: tuple[str, int], backend: Backend | None) -> None:
        if backend is None:
            self._routes.pop(at, None)
            if listener := self._listeners.pop(at, None):
                listener.close()
            return
        self._routes[at] = backend
        if at not in self._listeners:
            try:
                accept = partial(self._accept, at)
                self._listeners[at] = await self._loop.create_server(accept, *at, backlog=_BACKLOG)
            except OSError as error:
                del self._routes[at]
                raise EndpointError(f"{at[0]}:{at[1]} cannot be listened on: {error.strerror}") from error

    def _accept(self, at: tuple[str, int]) -> Half:
        return Half(on_made=partial(self._begin, at), on_lost=self._forget)

    def _begin(self, at: tuple[str, int], client: Half) -> None:
        backend = self._routes.get(at)
        if backend is None:  # it was accepted just before the name lost its server
            client.transport.abort()
            return
        self._clients[client] = backend
        task = self._loop.create_task(self._join(client, backend))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    def _forget(self, client: Half) -> None:
        self._clients.pop(client, None)

    async def _join(self, client: Half, backend: Backend) -> None:
        try:
            _, server = await self._loop.create_connection(Half, *backend)
        except OSError:
            client.transport.abort()
            return
        if client.transport.is_closing():
            server.transport.abort()
        else:
            client.join(server)

    async def _drop(self, backend: Backend) -> None:
        for client, its_backend in list(self._clients.items()):
            if its_backend == backend:
                client.transport.abort()

    async def _close(self) -> None:
        for listener in self._listeners.values():
            listener.close()
        for client in list(self._clients):
            client.transport.abort()
        for task in self._connecting:
            task.cancel()
        await asyncio.sleep(0)

    def _take_network(self) -> tuple[IPv4Network, socket.socket, dict[str, str]]:
        """Give the folder's network and addresses if no other sandbox uses it, else a free network."""
        kept: dict[str, Any] = {}
        with contextlib.suppress(FileNotFoundError):
            kept = json.loads(self._file.read_text())
        if kept and (claim := _claim(kept["network"])):
            return IPv4Network(kept["network"]), claim, kept["addresses"]
        candidates = [f"127.{second}.0.0/16" for second in range(64, 250)]
        random.shuffle(candidates)
        for candidate in candidates:
            if claim := _claim(candidate):
                return IPv4Network(candidate), claim, {}
        raise EndpointError("All loopback networks are in use. End a sandbox with `python -m sandbox down`")

    def _usable_port(self, wanted: int) -> int:
        for port in (wanted, 0):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((str(self._network[1]), port))
                    probe.listen()
                except OSError as error:
                    if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                        raise
                    continue
                usable: int = probe.getsockname()[1]
                return usable
        raise EndpointError(f"No port can be listened on at {IPv4Address(self._network[1])}")

    def _save(self) -> None:
        draft = self._file.with_suffix(".draft")
        draft.write_text(json.dumps({"network": str(self._network), "addresses": self._addresses}, indent=1))
        draft.rename(self._file)


def _claim(network: str) -> socket.socket | None:
    """Hold a network for this process through an abstract unix socket, whose name dies with its holder."""
    holder = socket.socket(socket.AF_UNIX)
    try:
        holder.bind(f"\0switchyard-sandbox-{network}")
    except OSError:
        holder.close()
        return None
    return holder
