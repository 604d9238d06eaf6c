"""The path of Athena, answered by the sandbox's responses."""

from moto.athena.urls import url_bases

from sandbox.athena.responses import AthenaResponse

url_paths = {"{0}/$": AthenaResponse.dispatch}

__all__ = ["url_bases", "url_paths"]
