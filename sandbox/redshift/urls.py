"""The path of Redshift, answered by the sandbox's responses."""

from moto.redshift.urls import url_bases

from sandbox.redshift.responses import RedshiftResponse

url_paths = {"{0}/$": RedshiftResponse.dispatch}

__all__ = ["url_bases", "url_paths"]
