"""The paths of S3, answered by the sandbox's responses."""

from moto.s3.urls import url_bases
from moto.s3.urls import url_paths as moto_paths

from sandbox.s3.writes import ConditionalResponse

url_paths = {path: getattr(ConditionalResponse, handler.__name__) for path, handler in moto_paths.items()}

__all__ = ["url_bases", "url_paths"]
