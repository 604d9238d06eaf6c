import socket
import ssl
import stat
import threading
from pathlib import Path

import pytest

from sandbox.endpoints import CertificateAuthority


def handshake(files: tuple[Path, Path], trusted: Path, name: str) -> None:
    """Let a client that trusts a bundle meet a server under a name."""
    server_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_context.load_cert_chain(*files)
    client_context = ssl.create_default_context(cafile=str(trusted))
    client_context.verify_flags |= ssl.VERIFY_X509_STRICT
    ours, theirs = socket.socketpair()

    def answer() -> None:
        try:
            server_context.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    server = threading.Thread(target=answer)
    server.start()
    try:
        with ours:
            client_context.wrap_socket(ours, server_hostname=name).close()
    finally:
        server.join()


@pytest.mark.parametrize("name", ["127.83.4.7", "orders.example"])
def test_certificate_is_good_for_its_names(tmp_path, name):
    """It should pass strict verification for each address and each DNS name in it."""
    authority = CertificateAuthority(tmp_path)
    handshake(authority.server_certificate(["orders.example", "127.83.4.7"]), authority.ca_bundle, name)


def test_certificate_is_good_for_no_other_name(tmp_path):
    """It should fail verification for a name that is not in it."""
    authority = CertificateAuthority(tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        handshake(authority.server_certificate(["127.83.4.7"]), authority.ca_bundle, "127.83.4.8")


def test_same_names_have_the_same_certificate(tmp_path):
    """It should give the files again for the same names, in the next sandbox of the folder too."""
    first = CertificateAuthority(tmp_path)
    second = CertificateAuthority(tmp_path)
    assert first.server_certificate(["a", "b"]) == second.server_certificate(["b", "a"])
    assert first.server_certificate(["a"]) != first.server_certificate(["a", "b"])
    handshake(second.server_certificate(["a"]), first.ca_bundle, "a")


def test_keys_are_readable_by_their_owner_only(tmp_path):
    """It should keep private keys private and certificates public."""
    authority = CertificateAuthority(tmp_path)
    certificate, key = authority.server_certificate(["a"])
    private = [key, tmp_path / "ca-key.pem"]
    assert [stat.S_IMODE(file.stat().st_mode) for file in private] == [0o600, 0o600]
    assert stat.S_IMODE(certificate.stat().st_mode) & stat.S_IROTH
    assert stat.S_IMODE(authority.ca_bundle.stat().st_mode) & stat.S_IROTH


def test_certificate_without_names_is_refused(tmp_path):
    """It should say that a name is needed."""
    with pytest.raises(ValueError, match="needs at least one name"):
        CertificateAuthority(tmp_path).server_certificate([])
