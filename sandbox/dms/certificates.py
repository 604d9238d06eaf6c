"""Certificates that endpoints verify their database's server with."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sandbox.dms.exceptions import InvalidCertificate
from sandbox.transitions import now

BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True)
class Certificate:
    """One or more certificates in PEM, under a name."""

    identifier: str
    arn: str
    pem: str
    owner: str
    created_at: datetime = field(default_factory=now)

    def described(self) -> dict[str, Any]:
        """Return it in the shape of Certificate, with the dates of the first one."""
        first = parse(self.pem)[0]
        return {
            "CertificateIdentifier": self.identifier,
            "CertificateArn": self.arn,
            "CertificatePem": self.pem,
            "CertificateOwner": self.owner,
            "CertificateCreationDate": self.created_at,
            "ValidFromDate": first.not_valid_before_utc.replace(tzinfo=None),
            "ValidToDate": first.not_valid_after_utc.replace(tzinfo=None),
            "SigningAlgorithm": first.signature_algorithm_oid._name,
            "KeyLength": _key_length(first),
        }


def parse(pem: str) -> list[x509.Certificate]:
    """Return the certificates of a PEM text; InvalidCertificate where it has none."""
    blocks = BLOCK.findall(pem or "")
    if not blocks:
        raise InvalidCertificate("The certificate was not valid: it has no PEM block")
    try:
        return [x509.load_pem_x509_certificate(block.encode()) for block in blocks]
    except ValueError as error:
        raise InvalidCertificate(f"The certificate was not valid: {error}") from error


def _key_length(certificate: x509.Certificate) -> int | None:
    key = certificate.public_key()
    return key.key_size if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) else None
