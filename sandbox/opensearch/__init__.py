"""OpenSearch Service: domains with an engine behind them, and custom packages, by extending moto from outside."""

from sandbox.opensearch.control import KINDS, force_status
from sandbox.opensearch.install import install, reset

__all__ = ["KINDS", "force_status", "install", "reset"]
