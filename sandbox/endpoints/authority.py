"""The sandbox's certificate authority, which stands for the Amazon RDS root certificates."""

import hashlib
import ipaddress
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from inspect import signature
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_VALIDITY = timedelta(days=3650)


class CertificateAuthority:
    """Signs server certificates with a key kept in the sandbox's folder; thread-safe.

    Attributes:
        ca_bundle: the PEM file that clients verify the servers with.
    """

    def __init__(self, home: Path) -> None:
        self.ca_bundle = home / "ca.pem"
        self._key_file = home / "ca-key.pem"
        self._issued = home / "certificates"
        self._issued.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        if not (self.ca_bundle.exists() and self._key_file.exists()):
            self._create()
        self._certificate = x509.load_pem_x509_certificate(self.ca_bundle.read_bytes())
        key = serialization.load_pem_private_key(self._key_file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{self._key_file} holds no elliptic-curve key. Delete it to have a new one made")
        self._key = key

    def server_certificate(self, names: Sequence[str]) -> tuple[Path, Path]:
        """Give the certificate and private key, both PEM files, for DNS names and IP addresses.

        The same names get the same files, in whatever order they come.
        """
        if not names:
            raise ValueError(
                "A server certificate needs at least one name. Pass the names clients connect to"
            )
        wanted = sorted(set(names))
        digest = hashlib.sha256("\n".join(wanted).encode()).hexdigest()[:32]
        certificate_file = self._issued / f"{digest}.pem"
        key_file = self._issued / f"{digest}-key.pem"
        with self._lock:
            if not certificate_file.exists():
                key = ec.generate_private_key(ec.SECP256R1())
                _write_key(key_file, key)
                _write(certificate_file, self._sign(key, wanted).public_bytes(serialization.Encoding.PEM))
        return certificate_file, key_file

    def _create(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Switchyard sandbox root")])
        usage = _key_usage(key_cert_sign=True, crl_sign=True)
        certificate = (
            _builder(name, name, key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .sign(key, hashes.SHA256())
        )
        _write_key(self._key_file, key)
        _write(self.ca_bundle, certificate.public_bytes(serialization.Encoding.PEM))

    def _sign(self, key: ec.EllipticCurvePrivateKey, names: Sequence[str]) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Switchyard sandbox server")])
        issuer = self._certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        return (
            _builder(subject, self._certificate.subject, key)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _VALIDITY)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(**granted: bool) -> x509.KeyUsage:
    nothing = dict.fromkeys(signature(x509.KeyUsage).parameters, False)
    return x509.KeyUsage(**(nothing | granted))


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write_key(file: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(file, pem, 0o600)


def _write(file: Path, content: bytes, mode: int = 0o644) -> None:
    draft = file.with_suffix(".draft")
    draft.touch(mode)
    draft.write_bytes(content)
    draft.rename(file)
