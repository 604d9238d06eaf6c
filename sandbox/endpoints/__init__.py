"""Loopback addresses for RDS endpoints: one per name, routed to the server that bears the name now."""

from sandbox.endpoints.authority import CertificateAuthority
from sandbox.endpoints.router import EndpointError, Router

__all__ = ["CertificateAuthority", "EndpointError", "Router"]
