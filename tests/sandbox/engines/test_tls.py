import ssl

import psycopg2
import pymysql
import pytest

from sandbox.endpoints import CertificateAuthority

REFUSED = (pymysql.err.MySQLError, psycopg2.Error, ssl.SSLError)


def verifying(engine: str, authority: CertificateAuthority) -> dict[str, object]:
    """Driver options that verify the chain and the name."""
    bundle = str(authority.ca_bundle)
    if engine == "mysql":
        return {"ssl_ca": bundle, "ssl_verify_identity": True}
    return {"sslmode": "verify-full", "sslrootcert": bundle}


@pytest.fixture
def verified(engine, data_plane) -> dict[str, object]:
    return verifying(engine, data_plane.authority)


ENCRYPTED = {
    "mysql": "SELECT variable_value <> '' FROM information_schema.session_status WHERE variable_name = 'Ssl_cipher'",
    "postgres": "SELECT ssl::int FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
}


def test_name_in_the_certificate_is_trusted(engine, shared_server, verified, run):
    """It should serve a client that verifies the address in the certificate, encrypted."""
    assert run(shared_server, ENCRYPTED[engine], **verified) == [(1,)]


def test_name_outside_the_certificate_is_not_trusted(engines, new_server, new_key, verified, connect):
    """It should fail a client that verifies a name which the server had no certificate for at its start."""
    source, snapshot, target = new_server(), new_key(), new_key()
    engines.snapshot(source, snapshot)
    engines.restore(snapshot, target)
    backend = engines.start(target, certificate_names=["127.9.9.9", "orders.example"])
    with pytest.raises(REFUSED, match=r"(?i)mismatch|does not match"):
        connect(backend, **verified)


def test_stop_and_start_refreshes_the_name(engines, new_server, verified, connect):
    """It should be trusted under its new name only after a stop and start, as after a rename on AWS."""
    key = new_server()
    engines.stop(key)
    connect_to = engines.start(key, certificate_names=["127.9.9.9"])
    with pytest.raises(REFUSED, match=r"(?i)mismatch|does not match"):
        connect(connect_to, **verified)
    engines.stop(key)
    connect(engines.start(key, certificate_names=["127.0.0.1"]), **verified).close()


def test_other_authority_is_not_trusted(engine, shared_server, tmp_path, connect):
    """It should fail a client that trusts another authority."""
    with pytest.raises(REFUSED, match=r"(?i)verify failed"):
        connect(shared_server, **verifying(engine, CertificateAuthority(tmp_path)))


def test_routed_address_is_trusted(engines, data_plane, new_server, verified, run):
    """It should pass verification through the router, for the address that stands for the endpoint's name."""
    router, key = data_plane.router, new_server(started=False)
    address, port = router.address("orders.cluster"), router.port("mysql")
    router.point("orders.cluster", port, engines.start(key, certificate_names=[address]))
    assert run((address, port), "SELECT 1", **verified) == [(1,)]
    router.point("orders.cluster", port, None)
