"""The paths of Macie, which the answers tell apart by the service's model."""

from moto.macie2.urls import url_bases

from sandbox.macie.responses import MacieResponse

__all__ = ["url_bases", "url_paths"]

url_paths = {"{0}/.*$": MacieResponse.dispatch}
