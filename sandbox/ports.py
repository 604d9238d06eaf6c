"""Ports on loopback."""

from __future__ import annotations

import socket

from sandbox.errors import SandboxError

LOOPBACK = "127.0.0.1"


def listen(port: int) -> socket.socket:
    """Return a socket that listens on a loopback port (0: any free one); SandboxError where it is taken."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOOPBACK, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise SandboxError(
            f"cannot listen on {LOOPBACK}:{port} ({error.strerror}): "
            "choose another port with --port, or leave it out for a free one"
        ) from error
    return listening
