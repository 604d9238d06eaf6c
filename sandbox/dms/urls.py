"""The path of DMS, answered by the sandbox's responses."""

from moto.dms.urls import url_bases

from sandbox.dms.responses import DMSResponse

__all__ = ["url_bases", "url_paths"]

url_paths = {"{0}/$": DMSResponse.dispatch}
