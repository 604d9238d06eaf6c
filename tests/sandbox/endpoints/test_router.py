import contextlib
import hashlib
import os
import socket
import threading
import time
from contextlib import ExitStack, closing

import pytest

from sandbox.endpoints import EndpointError, Router

PORT = 3306
ANYWHERE = "0.0.0.0"  # noqa: S104, a server that takes a port on all addresses is what is tested


def ask(connection: socket.socket) -> bytes:
    connection.sendall(b"who?")
    return connection.recv(1000)


def connect(router: Router, name: str, port: int) -> socket.socket:
    return socket.create_connection((router.address(name), port), timeout=120)


@pytest.fixture
def port(router) -> int:
    return router.port("mysql")


def test_connection_reaches_the_backend_of_its_name(router, named, port):
    """It should route each name to the server it was pointed to, on one port."""
    router.point("orders", port, named(b"old"))
    router.point("stock", port, named(b"other"))
    with connect(router, "orders", port) as orders, connect(router, "stock", port) as stock:
        assert (ask(orders), ask(stock)) == (b"old", b"other")


def test_name_without_backend_refuses(router, named, port):
    """It should refuse connections before a name is pointed and after it points nowhere."""
    with pytest.raises(ConnectionRefusedError, match="refused"):
        connect(router, "orders", port)
    router.point("orders", port, named(b"old"))
    router.point("orders", port, None)
    router.point("orders", port, None)
    with pytest.raises(ConnectionRefusedError, match="refused"):
        connect(router, "orders", port)


def test_established_connection_survives_a_new_route(router, named, port):
    """It should keep old connections on the old server and take new ones to the new server."""
    router.point("orders", port, named(b"old"))
    with connect(router, "orders", port) as before:
        assert ask(before) == b"old"
        router.point("orders", port, None)
        assert ask(before) == b"old"
        router.point("orders", port, named(b"new"))
        with connect(router, "orders", port) as after:
            assert (ask(before), ask(after)) == (b"old", b"new")


def test_drop_cuts_the_connections_of_one_backend(router, named, port):
    """It should cut what goes to the dropped server only, and let clients in again."""
    old, other = named(b"old"), named(b"other")
    router.point("orders", port, old)
    router.point("stock", port, other)
    with connect(router, "orders", port) as orders, connect(router, "stock", port) as stock:
        assert (ask(orders), ask(stock)) == (b"old", b"other")
        router.drop(old)
        assert cut(orders)
        assert ask(stock) == b"other"
    with connect(router, "orders", port) as again:
        assert ask(again) == b"old"


def cut(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_client_is_cut_when_the_backend_is_dead(router, port):
    """It should close the connection to a server that no longer listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        backend = listener.getsockname()
    router.point("orders", port, backend)
    with connect(router, "orders", port) as connection:
        assert cut(connection)


def test_backend_sees_a_client_that_leaves(router, serve, port):
    """It should end the server's side when the client is gone."""
    left = threading.Event()

    def wait(connection: socket.socket) -> None:
        connection.recv(1)
        left.set()

    router.point("orders", port, serve(wait))
    connect(router, "orders", port).close()
    assert left.wait(60)


def test_half_closed_connection_still_answers(router, serve, port):
    """It should pass the client's end on, and the server's answer after it."""

    def answer_at_the_end(connection: socket.socket) -> None:
        with connection:
            received = b"".join(iter(lambda: connection.recv(65536), b""))
            connection.sendall(b"got %d" % len(received))

    router.point("orders", port, serve(answer_at_the_end))
    with connect(router, "orders", port) as connection:
        connection.sendall(b"x" * 100_000)
        connection.shutdown(socket.SHUT_WR)
        assert b"".join(iter(lambda: connection.recv(1000), b"")) == b"got 100000"


def test_large_streams_arrive_whole_both_ways_at_once(router, serve, port):
    """It should pass megabytes in both directions unchanged, to a reader slower than the writer."""
    block = os.urandom(1 << 20)
    digest = hashlib.sha256(block * 16).hexdigest()

    def echo(connection: socket.socket) -> None:
        with connection:
            while data := connection.recv(1 << 16):
                connection.sendall(data)

    router.point("orders", port, serve(echo))
    with connect(router, "orders", port) as connection:
        sender = threading.Thread(target=lambda: [connection.sendall(block) for _ in range(16)])
        sender.start()
        time.sleep(0.1)
        received = hashlib.sha256()
        left = 16 << 20
        while left:
            data = connection.recv(1 << 16)
            received.update(data)
            left -= len(data)
        sender.join()
    assert received.hexdigest() == digest


def test_writer_waits_for_a_reader_that_does_not_read(router, serve, port):
    """It should not take more from the client than the server takes, so that memory stays bounded."""
    waiting, go_on = threading.Event(), threading.Event()

    def ignore(connection: socket.socket) -> None:
        waiting.set()
        go_on.wait(120)
        connection.close()

    router.point("orders", port, serve(ignore))
    with connect(router, "orders", port) as connection:
        assert waiting.wait(60)
        connection.settimeout(0.5)
        assert flood(connection, most=256 << 20) < 64 << 20
        go_on.set()


def flood(connection: socket.socket, most: int) -> int:
    """Send until no more is taken, and tell how much was."""
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < most:
            sent += connection.send(b"x" * (1 << 20))
    return sent


def test_hundreds_of_connections_at_once(router, named, port):
    """It should serve three hundred clients side by side."""
    router.point("orders", port, named(b"old"))
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(router, "orders", port)) for _ in range(300)]
        assert {ask(client) for client in clients} == {b"old"}


def test_addresses_are_kept(tmp_path):
    """It should give a name the same address in the next sandbox of the folder, and each name its own."""
    with closing(Router(tmp_path)) as router:
        first = [router.address(name) for name in ("orders", "stock", "orders")]
    with closing(Router(tmp_path)) as router:
        second = [router.address(name) for name in ("stock", "orders", "new")]
    assert first[0] == first[2] == second[1]
    assert first[1] == second[0]
    assert len({*first, *second}) == 3
    assert all(address.startswith("127.") for address in (*first, *second))


def test_sandboxes_have_networks_of_their_own(tmp_path):
    """It should not give two living sandboxes the same addresses, even from a copied folder."""
    with closing(Router(tmp_path)) as first:
        address = first.address("orders")
        with closing(Router(tmp_path)) as second:
            assert second.address("orders") != address


def test_usual_ports_are_used_where_they_are_free(router):
    """It should listen on the engines' own ports unless something else has them on all addresses."""
    assert router.port("mysql") == PORT or taken(PORT)
    assert router.port("postgres") == 5432 or taken(5432)
    assert router.port("mysql") != router.port("postgres")


def taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_port_taken_on_all_addresses_is_replaced(tmp_path, named, monkeypatch):
    """It should choose another port, and serve on it, where a server on 0.0.0.0 has the usual one."""
    with socket.create_server((ANYWHERE, 0)) as occupant:
        usual = occupant.getsockname()[1]
        monkeypatch.setattr("sandbox.endpoints.router._USUAL_PORTS", {"mysql": usual, "postgres": usual})
        with closing(Router(tmp_path)) as router:
            port = router.port("mysql")
            assert port != usual
            router.point("orders", port, named(b"old"))
            with connect(router, "orders", port) as connection:
                assert ask(connection) == b"old"


def test_port_taken_later_is_said(router, named):
    """It should name the address that cannot be listened on, and be well again when it can."""
    backend = named(b"old")
    with socket.create_server((ANYWHERE, 0)) as occupant:
        port = occupant.getsockname()[1]
        with pytest.raises(EndpointError, match=rf"127\.\d+\.\d+\.\d+:{port} cannot be listened on"):
            router.point("orders", port, backend)
    router.point("orders", port, backend)
    with connect(router, "orders", port) as connection:
        assert ask(connection) == b"old"


def test_close_ends_everything(tmp_path, named):
    """It should cut its clients, refuse new ones, and take a second close for done."""
    router = Router(tmp_path)
    port = router.port("mysql")
    router.point("orders", port, named(b"old"))
    with connect(router, "orders", port) as connection:
        assert ask(connection) == b"old"
        router.close()
        router.close()
        assert cut(connection)
        with pytest.raises(ConnectionRefusedError, match="refused"):
            connect(router, "orders", port)
