"""The path of Firehose, answered by the sandbox's responses."""

from moto.firehose.urls import url_bases

from sandbox.firehose.responses import FirehoseResponse

__all__ = ["url_bases", "url_paths"]

url_paths = {"{0}/$": FirehoseResponse.dispatch}
