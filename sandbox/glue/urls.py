"""The path of Glue, answered by the sandbox's responses."""

from moto.glue.urls import url_bases

from sandbox.glue.responses import GlueResponse

url_paths = {"{0}/$": GlueResponse.dispatch}

__all__ = ["url_bases", "url_paths"]
