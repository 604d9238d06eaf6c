"""The path of KMS, answered by the sandbox's responses."""

from moto.kms.urls import url_bases

from sandbox.kms.responses import KmsResponse

url_paths = {"{0}/$": KmsResponse.dispatch}

__all__ = ["url_bases", "url_paths"]
